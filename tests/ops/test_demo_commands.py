"""`write_claims` and `seed_demo` as people call them."""

import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from pytest_django import Settings

from upstream.accounts import sessions
from upstream.accounts.models import ClientKind, Membership, Organization, User
from upstream.accounts.roles import Role
from upstream.claims import rollup
from upstream.claims.models import Claim, Outcome, Patient, Payer
from upstream.core import clock, jobs, worker
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError
from upstream.core.models import Job, JobState
from upstream.core.tenancy import tenant_models
from upstream.intake.models import RowError, Upload, UploadKind
from upstream.ops.demo import seeding, stories
from upstream.ops.demo.simulate import simulate

pytestmark = pytest.mark.once


def write_claims(*arguments: str) -> str:
    told = io.StringIO()
    call_command("write_claims", *arguments, stdout=told)
    return told.getvalue()


def test_write_claims_says_what_it_wrote_and_planted(tmp_path: Path) -> None:
    arguments = ("--claims", "800", "--seed", "7", "--end", "2026-06-26")
    drift = ("--denial-drift", "Quillback Health Plan:Imaging", "2026-05-01", "2.2")
    stall = ("--payment-stall", "Merrowdale Mutual", "2026-06-01", "1.8")
    told = write_claims(*arguments, "--out", str(tmp_path / "one.csv"), *drift, *stall)
    assert "800 claims" in told
    assert "2025-06-27 to 2026-06-26" in told
    assert "Quillback Health Plan: denial rate of Imaging × 2.2 from the remittances of 2026-05-01" in told
    assert "Merrowdale Mutual: payments take × 1.8 as long from 2026-06-01" in told
    write_claims(*arguments, "--out", str(tmp_path / "two.csv"), *drift, *stall)
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    assert "planted: nothing" in write_claims(*arguments, "--out", str(tmp_path / "quiet.csv"))
    assert (tmp_path / "one.csv").read_bytes() != (tmp_path / "quiet.csv").read_bytes()


@pytest.mark.parametrize(("kind", "opening"), [("csv", b"claim_id,"), ("837", b"ISA*00*"), ("835", b"ISA*00*")])
def test_write_claims_writes_each_kind_of_file(kind: str, opening: bytes, tmp_path: Path) -> None:
    file = tmp_path / "claims"
    write_claims("--claims", "200", "--out", str(file), "--format", kind, "--end", "2026-06-26", "--days", "90")
    assert file.read_bytes().startswith(opening)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--denial-drift", "Nobody", "2026-05-01", "2"), "No payer is called 'Nobody'"),
        (("--denial-drift", "Quillback Health Plan", "May", "2"), "'May' is no date"),
        (("--payment-stall", "Quillback Health Plan", "2026-05-01", "slow"), "slow"),
    ],
)
def test_write_claims_names_what_it_cannot_plant(arguments: tuple[str, ...], complaint: str, tmp_path: Path) -> None:
    out = tmp_path / "claims.csv"
    with pytest.raises(CommandError, match=complaint):
        write_claims("--claims", "100", "--out", str(out), "--end", "2026-06-26", *arguments)
    assert not out.exists()


# seed_demo


@pytest.fixture
def small_stories(monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path) -> None:
    """The same two organizations with few claims, which is enough for what is tried here; a folder of its own."""

    def small(end: date) -> tuple[stories.Story, ...]:
        return tuple(
            replace(story, claims=story.claims // 50, remittance_weeks=min(story.remittance_weeks, 1))
            for story in stories.stories(end)
        )

    monkeypatch.setattr(seeding, "stories", small)
    settings.MEDIA_ROOT = str(tmp_path / "media")


def seed_demo(*arguments: str) -> str:
    told = io.StringIO()
    call_command("seed_demo", *arguments, stdout=told)
    return told.getvalue()


def rows() -> dict[str, int]:
    """Every tenant table and how many rows it has."""
    return {model.__name__: model.unscoped.count() for model in tenant_models()}


def stored_files() -> set[Path]:
    return {path for path in Path(default_storage.location).rglob("*") if path.is_file()}


@pytest.mark.django_db
def test_seed_demo_makes_both_organizations_through_intake(small_stories: None) -> None:
    told = seed_demo()
    family, orthopedic = seeding.stories(stories.last_friday(clock.today()))
    for story in (family, orthopedic):
        organization = Organization.objects.get(slug=story.slug)
        assert organization.is_demo
        assert organization.name == story.clinic.name
        assert f"{story.claims} claims" in told
        assert all(str(change) in told for change in story.clinic.changes)

        world = simulate(story.clinic, claims=story.claims, end=story.end, seed=story.seed)
        claims = Claim.objects.for_organization(organization)
        assert claims.count() == len(world)
        assert set(Payer.objects.for_organization(organization).values_list("name", flat=True)) == {
            payer.name for payer in story.clinic.payers
        }
        names = ["PENDING", "PAID", "DENIED", "PARTIAL"]
        assert set(names) == set(Outcome)
        outcome = world.outcome_on(world.day_of(story.end))
        expected = {world.number(claim): names[outcome[claim]] for claim in range(len(world))}
        assert dict(claims.values_list("control_number", "outcome")) == expected
        assert Patient.objects.for_organization(organization).count() == len(set(world.patient.tolist()))
        assert rollup.recompute(organization.pk) == []

        uploads = Upload.objects.for_organization(organization)
        assert {UploadKind.CLAIMS_CSV} <= set(uploads.values_list("kind", flat=True))
        assert RowError.objects.for_organization(organization).count() == len(stories.MISTAKES)
        work = Job.objects.for_organization(organization)
        assert set(work.values_list("state", flat=True)) == {JobState.SUCCEEDED}
        assert work.filter(kind="detection.run").exists()
    kinds = Upload.unscoped.filter(organization__slug=family.slug).values_list("kind", flat=True)
    assert set(kinds) == {UploadKind.CLAIMS_CSV, UploadKind.X12_837P, UploadKind.X12_835}


@pytest.mark.django_db
def test_seed_demo_prints_sign_ins_that_work(small_stories: None) -> None:
    told = seed_demo()
    assert seeding.PASSWORD in told
    assert len(seeding.PASSWORD) >= 12
    roles = {}
    for email, _, _ in seeding.PEOPLE:
        assert email in told
        assert email.endswith("@example.com")
        issued = sessions.sign_in(email=email, password=seeding.PASSWORD, client=ClientKind.BEARER)
        roles[email] = issued.session.membership.role
    assert set(roles.values()) == set(Role) - {Role.INTEGRATION}
    owned = Membership.unscoped.filter(user__email="owner@example.com", role=Role.OWNER)
    assert owned.count() == 2


@pytest.mark.django_db
def test_seed_demo_again_changes_nothing_and_says_so(small_stories: None) -> None:
    seed_demo()
    before, files = rows(), stored_files()
    told = seed_demo()
    assert told.count("already there, nothing to do") == 2
    assert rows() == before
    assert stored_files() == files


@pytest.mark.django_db
def test_seed_demo_finishes_what_was_cut_off(small_stories: None, monkeypatch: pytest.MonkeyPatch) -> None:
    carry_out, carried = worker.carry_out, 0

    def cut_off(job_id: object) -> bool:
        nonlocal carried
        carried += 1
        if carried == 4:
            raise KeyboardInterrupt
        return carry_out(job_id)

    monkeypatch.setattr(seeding.worker, "carry_out", cut_off)
    with pytest.raises(KeyboardInterrupt):
        seed_demo()
    monkeypatch.setattr(seeding.worker, "carry_out", carry_out)
    assert "finished, " in seed_demo()
    assert Claim.unscoped.count() == sum(story.claims for story in seeding.stories(clock.today()))
    assert seed_demo().count("already there, nothing to do") == 2


@pytest.mark.django_db
def test_seed_demo_says_which_job_failed_and_starts_it_again(
    small_stories: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = jobs.handlers["intake.upload"]

    def refuse(*_: object) -> None:
        raise ServiceError(ErrorCode.INVALID, "The disk is full.")

    monkeypatch.setitem(jobs.handlers, "intake.upload", refuse)
    with pytest.raises(CommandError, match=r"intake\.upload .* FAILED: The disk is full\. Run the command again"):
        seed_demo()
    monkeypatch.setitem(jobs.handlers, "intake.upload", handler)
    assert "finished, " in seed_demo()
    assert set(Job.unscoped.values_list("state", flat=True)) == {JobState.SUCCEEDED}
    assert Claim.unscoped.count() == sum(story.claims for story in seeding.stories(clock.today()))


@pytest.mark.django_db
def test_fresh_removes_both_organizations_and_nothing_of_others(
    small_stories: None, organization: Organization, care_team: Actor
) -> None:
    kept = {model: model.unscoped.filter(organization=organization).count() for model in tenant_models()}
    seed_demo()
    old, files = set(Organization.objects.filter(is_demo=True).values_list("pk", flat=True)), stored_files()
    told = seed_demo("--fresh")
    assert told.count("Removed ") == 2
    new = set(Organization.objects.filter(is_demo=True).values_list("pk", flat=True))
    assert len(new) == 2
    assert not old & new
    for model in tenant_models():
        assert not model.unscoped.filter(organization_id__in=old).exists(), model
        assert model.unscoped.filter(organization=organization).count() == kept[model], model
    assert not files & stored_files()
    assert len(stored_files()) == len(files)
    assert User.objects.filter(email__endswith="@example.com").count() == len(seeding.PEOPLE)


@pytest.mark.django_db
def test_seed_demo_keeps_out_of_real_data(settings: Settings) -> None:
    settings.REAL_DATA_MODE = True
    with pytest.raises(CommandError, match="REAL_DATA_MODE"):
        seed_demo()
    assert not Organization.objects.exists()


@pytest.mark.django_db
def test_seed_demo_keeps_out_of_production(settings: Settings) -> None:
    settings.SETTINGS_MODULE = "upstream.settings.prod"
    with pytest.raises(CommandError, match="production"):
        seed_demo("--fresh")
    assert not Organization.objects.exists()
