"""A run that is cut off goes on behind its last committed batch; every count comes out as if nothing had happened."""

import gzip
from collections.abc import Callable
from typing import Any

import pytest
from intake.readers import cells_of, workbook
from intake.writing import (
    APRIL_10,
    claim,
    counts,
    decision,
    denied,
    paid,
    person,
    picture,
    remittance,
    take_in,
    write,
)

from upstream.accounts.models import Organization
from upstream.claims import rollup
from upstream.claims.models import Remittance
from upstream.core import worker
from upstream.core.jobs import cancel
from upstream.core.models import Job, JobState
from upstream.intake.models import RowError, Upload
from upstream.intake.records import Finding, Problem
from upstream.intake.writer import store, writer
from upstream.intake.writer.writer import Record, Writer

from intake.writing import FreeRun  # isort: skip


class Cut(Exception):
    """The worker died here."""


def a_file() -> list[Record]:
    """Something of everything, with rows that only their place tells apart."""
    return [
        Finding(1, "info", "unused_columns", "Columns that were not read: x."),
        paid("C1", patient=person()), claim(""), claim(""), denied("C2"),
        Problem(6, "payer", "missing", "Empty.", "row 6"), claim("C1", location="East"),
        *remittance(decision("C1", 10), decision("C3", 10), decision("C1", 10)), claim(""),
        *remittance(decision("C4"), trace="T2", on=APRIL_10), Problem(20, "", "cell_count", "Cells.", "row 20"),
        paid("C5", patient=person("Moss, Teal", "M2")), paid("C1", decided_date=APRIL_10),
    ]  # fmt: skip


def summary(upload: Upload) -> dict[str, Any]:
    names = (
        "rows_read", "lines_read", "claims_created", "claims_updated", "claims_unchanged", "rows_quarantined",
        "billed_total", "paid_total", "findings", "report", "records_committed",
    )  # fmt: skip
    return {name: getattr(upload, name) for name in names}


@pytest.mark.parametrize("batch_records", [1, 2, 3, 5])
@pytest.mark.parametrize("committed", [1, 2, 3, 4])
def test_an_interrupted_upload_ends_like_one_that_was_not(
    organization: Organization, other_organization: Organization, batch_records: int, committed: int
) -> None:
    whole = write(other_organization, a_file())
    upload = Upload(organization=organization, file_name="made", stored_name="made", size_bytes=1, sha256="0" * 64)
    upload.save(force_insert=True)
    batches = 0

    def die_after_some() -> None:
        nonlocal batches
        batches += 1
        if batches == committed:
            raise Cut

    with pytest.raises(Cut):
        Writer(upload, FreeRun(), batch_records=batch_records).write(a_file(), die_after_some)
    upload = Upload.unscoped.get(pk=upload.pk)
    assert upload.records_committed == min(committed * batch_records, len(a_file()))
    assert rollup.recompute(organization.pk) == []

    Writer(upload, FreeRun(), batch_records=batch_records).write(a_file(), lambda: None)
    upload.refresh_from_db()
    assert summary(upload) == summary(whole)
    assert picture(organization) == picture(other_organization)
    assert RowError.objects.for_organization(organization).count() == 2
    assert rollup.recompute(organization.pk) == []
    mine, others = (
        list(
            Remittance.objects.for_organization(home)
            .order_by("trace_number")
            .values_list("claims_paid_total", "balanced")
        )
        for home in (organization, other_organization)
    )
    assert mine == others


def test_a_batch_that_breaks_in_its_middle_leaves_nothing(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = Upload(organization=organization, file_name="made", stored_name="made", size_bytes=1, sha256="0" * 64)
    upload.save(force_insert=True)

    def break_off(*_: object) -> None:
        raise Cut

    with monkeypatch.context() as patched:
        patched.setattr(store.Store, "_save_decisions", break_off)
        with pytest.raises(Cut):
            Writer(upload, FreeRun()).write(a_file(), lambda: None)
    assert picture(organization) == {}
    upload = Upload.unscoped.get(pk=upload.pk)
    assert (upload.records_committed, upload.rows_read, upload.findings) == (0, 0, [])
    Writer(upload, FreeRun()).write(a_file(), lambda: None)
    assert rollup.recompute(organization.pk) == []


# Through the job


def rows(count: int) -> bytes:
    header = "claim_id,payer,procedure_code,submitted_date,decided_date,outcome,billed_amount,member_id,patient_name\n"
    made = (f'C{n},Aster Health,99213,2026-03-02,2026-03-20,paid,100.00,M{n % 9},"Fern, Iris"\n' for n in range(count))
    return (header + "".join(made)).encode()


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lambda content: workbook(cells_of(content))])
def test_a_job_whose_worker_broke_is_carried_on_by_the_next_attempt(
    organization: Organization, monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes]
) -> None:
    monkeypatch.setattr(writer, "BATCH_RECORDS", 10)
    save, calls = store.Store.save, []

    def break_in_third(self: store.Store) -> None:
        save(self)
        calls.append(1)
        if len(calls) == 3:
            raise Cut

    monkeypatch.setattr(store.Store, "save", break_in_third)
    monkeypatch.setattr(Writer.__init__, "__kwdefaults__", {"batch_records": 10})
    upload = take_in(organization, pack(rows(45)))
    assert upload.job is not None
    assert (upload.job.state, upload.records_committed, upload.claims_created) == (JobState.QUEUED, 20, 20)
    assert rollup.recompute(organization.pk) == []

    Job.unscoped.filter(pk=upload.job.pk).update(run_after=upload.job.created_at)
    worker.carry_out(upload.job.pk)
    upload.refresh_from_db()
    upload.job.refresh_from_db()
    assert upload.job.state == JobState.SUCCEEDED
    assert (counts(upload), upload.rows_read, upload.records_committed) == ((45, 0, 0), 45, 45)
    # Two batches before the break, the broken one, and the three that were left.
    assert len(calls) == 3 + 3


@pytest.mark.parametrize("lose", ["cancelled", "taken"])
def test_a_run_that_lost_its_job_writes_nothing_more(
    organization: Organization, monkeypatch: pytest.MonkeyPatch, lose: str
) -> None:
    monkeypatch.setattr(Writer.__init__, "__kwdefaults__", {"batch_records": 10})
    commit, calls = Writer._commit, []

    def lose_before_third(self: Writer, *batches: Any) -> None:
        calls.append(1)
        if len(calls) == 3:
            job = Job.unscoped.get(kind="intake.upload")
            if lose == "cancelled":
                cancel(job)
            else:
                Job.unscoped.filter(pk=job.pk).update(lease_token=job.pk)
        commit(self, *batches)

    monkeypatch.setattr(Writer, "_commit", lose_before_third)
    upload = take_in(organization, rows(45))
    assert (upload.records_committed, upload.claims_created, len(picture(organization))) == (20, 20, 20)
    assert upload.job is not None
    assert upload.job.state == (JobState.CANCELLED if lose == "cancelled" else JobState.RUNNING)
    assert rollup.recompute(organization.pk) == []


def test_progress_is_told_in_bytes(organization: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int | None, str]] = []
    progress: Callable[..., None] = worker.JobRun.progress

    def listen(self: worker.JobRun, done: int, total: int | None = None, label: str = "") -> None:
        told.append((done, total, label))
        progress(self, done, total, label)

    monkeypatch.setattr(worker.JobRun, "progress", listen)
    content = rows(30_000)
    take_in(organization, content)
    assert told[-1] == (len(content), len(content), "Reading claims")
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert len({done for done, _, _ in told}) >= 2
