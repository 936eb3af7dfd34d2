"""Several writers at once on PostgreSQL: none waits for ever, nothing is counted twice, the roll-up stays exact."""

import threading
from collections.abc import Callable, Iterable

import pytest
from django.db import connection
from intake.writing import MARCH_20, FreeRun, decision, paid, person, picture, remittance
from support import Thread

from upstream.accounts import services as accounts
from upstream.accounts.models import Organization
from upstream.claims import rollup
from upstream.claims.models import Claim, Patient, Payer
from upstream.claims.service_groups import ensure_service_groups
from upstream.claims.services import add_payer_alias
from upstream.intake.models import Upload
from upstream.intake.writer.writer import Record, Writer

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def together(*works: Callable[[], object]) -> list[BaseException]:
    """Run all at the same moment in threads of their own; returns what they raised."""
    start, raised = threading.Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        try:
            start.wait(10)
            work()
        except BaseException as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return raised


def writing(organization: Organization, records: Iterable[Record]) -> tuple[Upload, Callable[[], None]]:
    upload = Upload(organization=organization, file_name="made", stored_name="made", size_bytes=1, sha256="0" * 64)
    upload.save(force_insert=True)
    return upload, lambda: Writer(upload, FreeRun(), batch_records=7).write(records, lambda: None)


def many(prefix: str = "C") -> list[Record]:
    return [
        paid(f"{prefix}{n}", payer_name=f"Payer {n % 5}", patient=person(f"Fern, {n % 9}", f"M{n % 9}"))
        for n in range(60)
    ]


def test_the_same_rows_in_opposite_orders(organization: Organization) -> None:
    one, first = writing(organization, many())
    other, second = writing(organization, many()[::-1])
    assert together(first, second) == []
    one.refresh_from_db()
    other.refresh_from_db()
    assert one.claims_created + other.claims_created == 60
    assert one.claims_unchanged + other.claims_unchanged == 60
    assert (Claim.unscoped.count(), Payer.unscoped.count(), Patient.unscoped.count()) == (60, 5, 9)
    assert rollup.recompute(organization.pk) == []


def test_a_csv_and_its_remittance(organization: Organization) -> None:
    era = remittance(*(decision(f"C{n}", position=n) for n in range(60)), payer="Payer 0")
    (_, first), (_, second) = writing(organization, many()), writing(organization, era)
    assert together(first, second) == []
    assert rollup.recompute(organization.pk) == []
    assert {row["outcome"] for row in picture(organization).values()} == {"PAID"}
    assert Claim.unscoped.count() == 60


def test_folds_and_readers_between_batches(organization: Organization) -> None:
    era = remittance(*(decision(f"C{n}", position=n) for n in range(60)), payer="Payer 0")
    (_, first), (_, second) = writing(organization, many()), writing(organization, era)
    seen: list[int] = []

    def fold_and_read() -> None:
        for _ in range(20):
            rollup.fold(organization.pk)
            facts = rollup.load_facts(organization.pk, MARCH_20)
            seen.append(0 if facts is None else int(facts.decisions.whole().claims.sum()))

    assert together(first, second, fold_and_read, fold_and_read) == []
    rollup.fold(organization.pk)
    assert rollup.recompute(organization.pk) == []
    facts = rollup.load_facts(organization.pk, MARCH_20)
    assert facts is not None and facts.decisions.whole().claims.sum() == 60
    assert set(seen) <= set(range(61))


def test_organizations_do_not_wait_for_each_other(organization: Organization, other_organization: Organization) -> None:
    uploads = [writing(home, many()) for home in (organization, other_organization)]
    assert together(*(work for _, work in uploads)) == []
    for home in (organization, other_organization):
        assert rollup.recompute(home.pk) == []
        assert Claim.objects.for_organization(home).count() == 60


def test_a_merge_while_files_are_written(organization: Organization) -> None:
    ensure_service_groups(organization.pk)
    _, before = writing(organization, many())
    before()
    actor = accounts.system_actor(organization.pk)
    target, source = Payer.objects.for_organization(organization).order_by("name")[:2]
    upload, work = writing(organization, many("D"))
    assert together(work, lambda: add_payer_alias(actor=actor, payer_id=target.pk, alias=source.name)) == []
    upload.refresh_from_db()
    assert upload.claims_created == 60
    assert Payer.objects.for_organization(organization).count() == 4
    assert Claim.objects.for_organization(organization).filter(payer_id=target.pk).count() == 48
    assert rollup.recompute(organization.pk) == []
