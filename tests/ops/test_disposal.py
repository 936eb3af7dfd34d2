"""Disposal: what is old goes with all that hangs on it, what stays is exact and proven, others keep theirs."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from intake.writing import claim, decision, denied, paid, person, remittance, take_in, write
from support import as_owner
from world import make_world

from upstream.accounts.models import Organization, User
from upstream.accounts.services import system_actor
from upstream.audit import services as audit
from upstream.audit.models import AuditEvent, AuditHead
from upstream.claims import rollup
from upstream.claims.models import Claim, ClaimDecision, ClaimLine, Patient, Remittance
from upstream.core import clock, scope
from upstream.core.actor import Actor
from upstream.core.tenancy import tenant_models
from upstream.detection.settings import update_detection_settings
from upstream.intake.models import Upload
from upstream.ops import disposal

OLD, NEW, BETWEEN = date(2016, 3, 2), date(2026, 3, 2), date(2018, 1, 1)
CSV = b"claim_id,payer,cpt,submitted_date,billed_amount,outcome\nA1,Aster Health,99213,2016-03-02,100,pending\n"


def told(command: str, *arguments: str) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def dispose(organization: Organization, *arguments: str) -> str:
    return told("dispose", "--organization", organization.slug, *arguments)


def old(control_number: str, **values: Any) -> Any:
    return claim(control_number, **({"submitted_date": OLD, "service_date": OLD, "location": "Old town"} | values))


@pytest.fixture
def claims(organization: Organization) -> Organization:
    """Old and new claims, a reversal, a recoupment, and a person who has claims of both times."""
    write(
        organization,
        [
            old("OLD-1", patient=person("Fern, Iris", "M1")),
            old("OLD-2", patient=person("Moss, Ada", "M2")),
            paid("NEW-1", patient=person("Fern, Iris", "M1"), location="Old town"),
            denied("NEW-2", patient=person("Rush, Ned", "M3")),
            # Sent long ago, and decided lately.
            old("OPEN-LONG", patient=person("Reed, Tom", "M4")),
        ],
    )
    write(organization, remittance(decision("OLD-1"), trace="T0", on=OLD, adjustments=[("WO", 30)]))
    write(organization, remittance(decision("OLD-1", -80, status="22", billed=-100), trace="T1", on=OLD))
    write(organization, remittance(decision("OPEN-LONG"), trace="T2", on=NEW))
    return organization


def numbers(organization: Organization) -> list[str]:
    return sorted(Claim.objects.for_organization(organization).values_list("control_number", flat=True))


def test_old_claims_go_with_all_that_hangs_on_them_and_the_roll_up_stays_exact(
    claims: Organization, other_organization: Organization
) -> None:
    write(other_organization, [old("OLD-1", patient=person("Fern, Iris", "M1"))])
    said = dispose(claims, "--before", str(BETWEEN), "--yes")
    assert "2 claims" in said and "2 remittances" in said and "1 patients" in said
    assert numbers(claims) == ["NEW-1", "NEW-2", "OPEN-LONG"]
    assert rollup.recompute(claims.pk) == []
    names = sorted(str(each.name) for each in Patient.objects.for_organization(claims))
    assert names == ["Fern, Iris", "Reed, Tom", "Rush, Ned"]
    traces = Remittance.objects.for_organization(claims).values_list("trace_number", flat=True)
    assert list(traces) == ["T2"]
    for model in (ClaimLine, ClaimDecision):
        kept = set(model.objects.for_organization(claims).values_list("claim__control_number", flat=True))
        assert kept <= {"NEW-1", "NEW-2", "OPEN-LONG"}
    assert numbers(other_organization) == ["OLD-1"] and rollup.recompute(other_organization.pk) == []
    event = AuditEvent.objects.for_organization(claims).get(action="records.disposed")
    assert event.detail["claims"] == 2 and event.detail["before_day"] == "2018-01-01"
    assert audit.verify(claims.pk) == []
    # Again: nothing is left to do.
    assert "0 claims" in dispose(claims, "--before", str(BETWEEN), "--yes").splitlines()[-1]


def test_a_run_that_was_cut_off_is_begun_again(claims: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disposal, "ROWS_AT_ONCE", 1)

    def stop(what: str, count: int) -> None:
        if what == "claims":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        disposal.dispose(claims, BETWEEN, stop)
    assert len(numbers(claims)) == 4 and rollup.recompute(claims.pk) == []
    assert disposal.dispose(claims, BETWEEN, lambda *_: None)["claims"] == 1
    assert numbers(claims) == ["NEW-1", "NEW-2", "OPEN-LONG"] and rollup.recompute(claims.pk) == []


def test_an_old_file_goes_and_one_that_a_later_upload_shares_stays(organization: Organization) -> None:
    first, second = take_in(organization, CSV), take_in(organization, CSV.replace(b"A1", b"B1"))
    again = take_in(organization, CSV.replace(b"A1", b"B1"))
    assert again.stored_name == second.stored_name
    Upload.unscoped.filter(pk__in=[first.pk, second.pk]).update(created_at=datetime(2016, 3, 3, tzinfo=UTC))
    gone, shared = first.stored_name, second.stored_name
    assert "2 files" in dispose(organization, "--before", str(BETWEEN), "--yes").splitlines()[-1]
    first.refresh_from_db()
    assert first.stored_name == "" and "claims.csv" not in first.file_name
    assert not default_storage.exists(gone) and default_storage.exists(shared)
    assert told("rotate_keys", "--check").count("newest key") == 1


def test_retention_tells_what_is_old_and_changes_nothing(claims: Organization) -> None:
    before = {model: model.unscoped.count() for model in tenant_models()}
    said = told("retention", "--before", str(BETWEEN))
    assert "2 of 5 claims, the oldest of 2016-03-02" in said and "45 CFR 164.316(b)(2)(i)" in said
    assert "1 of 4 patients" in said
    assert "0 of 5 claims" in told("retention", "--before", "2010-01-01")
    assert {model: model.unscoped.count() for model in tenant_models()} == before


@pytest.mark.parametrize("typed", ["", "another"])
def test_without_the_name_typed_nothing_is_changed(
    claims: Organization, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    monkeypatch.setattr("builtins.input", lambda: typed)
    for what in (["--before", str(BETWEEN)], ["--everything"], ["--everything", "--yes"]):
        with pytest.raises(CommandError, match="Nothing was changed"):
            dispose(claims, *what)
    assert len(numbers(claims)) == 5


# The trail


@pytest.fixture
def trail(organization: Organization, monkeypatch: pytest.MonkeyPatch) -> list[AuditEvent]:
    """Events of twelve years, one a year, behind what setting up wrote."""
    now = clock.now()
    with as_owner():
        AuditEvent.unscoped.filter(organization=organization).delete()
        AuditHead.unscoped.filter(organization=organization).delete()
    for years in range(12, 0, -1):
        monkeypatch.setattr(clock, "now", lambda years=years: now - timedelta(days=366 * years))
        audit.record(actor=system_actor(organization.pk), action="export.made", detail={"years": years})
    monkeypatch.setattr(clock, "now", lambda: now)
    return list(AuditEvent.objects.for_organization(organization).order_by("sequence"))


def test_the_trail_keeps_six_years(organization: Organization, trail: list[AuditEvent]) -> None:
    young = (disposal.latest_for_the_trail() + timedelta(days=1)).isoformat()
    with pytest.raises(CommandError, match=r"kept for 6 years .* Nothing was changed"):
        dispose(organization, "--before", young, "--audit-trail", "--yes")
    with pytest.raises(ValueError, match="6 years"):
        disposal.dispose_of_trail(organization, date.fromisoformat(young), lambda *_: None)
    # Without asking for it the trail stays, whatever the day.
    dispose(organization, "--before", young, "--yes")
    assert AuditEvent.objects.for_organization(organization).count() == len(trail) + 1


def test_what_is_left_of_the_trail_is_proven(
    organization: Organization, trail: list[AuditEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disposal, "EVENTS_AT_ONCE", 4)
    said = dispose(organization, "--before", str(disposal.latest_for_the_trail()), "--audit-trail", "--yes")
    assert "6 audit events" in said.splitlines()[-1] or "7 audit events" in said.splitlines()[-1]
    left = list(AuditEvent.objects.for_organization(organization).order_by("sequence"))
    first, head = left[0], AuditHead.objects.for_organization(organization).get()
    assert first.sequence == head.first > 5 and first.previous_digest == head.anchor == trail[first.sequence - 2].digest
    assert audit.verify(organization.pk) == []
    assert f"{organization.pk}: whole" in told("audit_verify")
    checked = audit.check(organization.pk, first=1, most=3)
    assert (checked.first, checked.through, checked.breaks) == (first.sequence, first.sequence + 2, [])
    assert audit.check(organization.pk, first=checked.through + 1).breaks == []
    assert [event.detail["through"] for event in left if event.action == "audit.disposed"][-1] == first.sequence - 1


def _forget_the_disposal(first: AuditEvent) -> None:
    AuditHead.unscoped.filter(organization=first.organization).update(first=first.sequence + 1, anchor=first.digest)
    first.delete()


@pytest.mark.parametrize(
    ("forgery", "break_"),
    [
        (_forget_the_disposal, "no event tells of a disposal"),
        (lambda first: first.delete(), "is missing"),
        (lambda first: AuditHead.unscoped.update(anchor="1" * 64), "does not follow the one before it"),
        (lambda first: AuditHead.unscoped.update(first=1, anchor="0" * 64), "event 1 is missing"),
    ],
)
def test_a_beginning_that_was_moved_behind_the_trails_back_shows(
    organization: Organization, trail: list[AuditEvent], forgery: Callable[[AuditEvent], object], break_: str
) -> None:
    disposal.dispose_of_trail(organization, disposal.latest_for_the_trail(), lambda *_: None)
    assert audit.verify(organization.pk) == []
    first = AuditEvent.objects.for_organization(organization).order_by("sequence").first()
    assert first is not None
    with as_owner():
        forgery(first)
    assert any(break_ in sentence for sentence in audit.verify(organization.pk)), audit.verify(organization.pk)


# Everything


@pytest.mark.django_db
def test_everything_of_an_organization_goes_and_nothing_of_another(
    organization: Organization, other_organization: Organization, member: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner: Actor = member()
    both = User.objects.create_user(email="both@example.org", password="a long passphrase", name="Both")
    make_world(organization, canary="Own", person=both)
    make_world(other_organization, canary="Theirs", person=both)
    update_detection_settings(actor=system_actor(organization.pk), weekly_alert_budget=9)
    upload = take_in(organization, CSV)
    kept = {model: model.unscoped.filter(organization=other_organization).count() for model in tenant_models()}
    monkeypatch.setattr("builtins.input", lambda: f" {organization.slug} ")
    said = dispose(organization, "--everything")
    assert "Its trail ends with event" in said and f"Nothing of {organization.slug} is left." in said
    for model in tenant_models():
        assert not model.unscoped.filter(organization_id=organization.pk).exists(), model
        assert model.unscoped.filter(organization=other_organization).count() == kept[model], model
    assert not Organization.objects.filter(pk=organization.pk).exists()
    assert not default_storage.exists(upload.stored_name)
    assert not User.objects.filter(pk=owner.user_id).exists()
    assert User.objects.filter(pk=both.pk).exists() or not kept
    assert "whole" in told("audit_verify")


@pytest.mark.postgresql
def test_a_request_cannot_dispose_of_events(organization: Organization) -> None:
    with (
        scope.of_organization(organization.pk),
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
    ):
        AuditEvent.objects.for_organization(organization).delete()
