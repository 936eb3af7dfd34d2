"""Brings the demo's organizations into the database as their people would: files handed to intake, jobs carried out."""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, transaction

from upstream.accounts import services as accounts
from upstream.accounts.models import Membership, Organization, User
from upstream.accounts.roles import ROLE_PERMISSIONS, Role
from upstream.core import clock, worker
from upstream.core.actor import Actor
from upstream.core.models import Job, JobState
from upstream.intake import services as intake
from upstream.intake.models import Upload
from upstream.ops.demo.handover import File, handovers
from upstream.ops.demo.simulate import simulate
from upstream.ops.demo.stories import Story, last_friday, stories
from upstream.ops.disposal import children_first
from upstream.phi import files
from upstream.reports.models import Export

log = logging.getLogger(__name__)

PASSWORD = "harbor-lantern-demo"  # noqa: S105 - printed for everybody, and refused where data are real
PEOPLE: tuple[tuple[str, str, Role], ...] = (
    ("owner@example.com", "Olive Thimblecote", Role.OWNER),
    ("admin@example.com", "Alder Pocketwick", Role.ADMIN),
    ("care@example.com", "Clover Kettlerow", Role.CARE_TEAM),
    ("analyst@example.com", "Aspen Quartzfell", Role.ANALYST),
    ("viewer@example.com", "Violet Meadowreach", Role.VIEWER),
    ("auditor@example.com", "Aster Cobblegarth", Role.AUDITOR),
)
_PATIENCE_SECONDS = 600


class Unfinished(Exception):
    """A job of the demo failed, or another worker holds one for too long."""


@dataclass(slots=True)
class Seeded:
    """What was done for one organization: nothing, when `files_read` is empty and it was not `created`."""

    story: Story
    organization: Organization
    created: bool
    files_read: list[str] = field(default_factory=list)


def seed() -> Iterator[Seeded]:
    """Both organizations, complete: what is there already stays, what an interrupted run left out is done now.

    The data end on the last Friday before an organization was created. Raises `Unfinished` naming the job in the way.
    """
    for position, planned in enumerate(stories(last_friday(clock.today()))):
        organization = Organization.objects.filter(slug=planned.slug).first()
        created = organization is None
        if organization is None:
            organization = _create(planned, everybody=position == 0)
        story = stories(last_friday(organization.created_at.date()))[position]
        seeded = Seeded(story, organization, created)
        _hand_in(seeded, Role.CARE_TEAM if position == 0 else Role.OWNER)
        yield seeded


@transaction.atomic
def _create(story: Story, *, everybody: bool) -> Organization:
    organization = accounts.create_organization(name=story.clinic.name, slug=story.slug, is_demo=True)
    actor = accounts.system_actor(organization.pk)
    for email, name, role in PEOPLE if everybody else PEOPLE[:1]:
        user = User.objects.filter(email=email).first()
        if user is None:
            user = User.objects.create_user(email=email, password=PASSWORD, name=name)
        accounts.add_member(organization=organization, user=user, role=role, actor=actor)
    return organization


def _hand_in(seeded: Seeded, role: Role) -> None:
    story, organization = seeded.story, seeded.organization
    user_id = Membership.objects.for_organization(organization).filter(role=role).values_list("user_id", flat=True)[0]
    actor = Actor(organization_id=organization.pk, user_id=user_id, permissions=frozenset(ROLE_PERMISSIONS[role]))
    world = simulate(story.clinic, claims=story.claims, end=story.end, seed=story.seed)
    for batch in handovers(story, world):
        for file in batch:
            if _take_in(file, actor):
                seeded.files_read.append(file.name)
        # Detection waits for the whole batch: with half of a week's remittances the other payers seem to have stopped.
        unfinished = Job.objects.for_organization(organization).filter(state__in=[JobState.QUEUED, JobState.RUNNING])
        for job_id in list(unfinished.order_by("run_after", "pk").values_list("pk", flat=True)):
            _finish(job_id)


def _take_in(file: File, actor: Actor) -> bool:
    """Hand one file in and see it read; False when that was done before."""
    uploads = Upload.objects.for_organization(actor.organization_id).select_related("job").order_by("id")
    upload = next((upload for upload in uploads if upload.file_name == file.name), None)
    job = upload.job if upload else None
    if job is not None and job.state == JobState.SUCCEEDED:
        return False
    if upload is None:
        job = intake.receive_upload(actor=actor, file_name=file.name, chunks=file.chunks()).job
    elif job is None or job.finished:
        job = intake.retry_upload(actor=actor, upload_id=upload.pk).job
    if job is None:
        raise Unfinished(f"{file.name} was taken in without a job to read it.")
    _finish(job.pk)
    return True


def _finish(job_id: UUID) -> None:
    """Carry a job out here, or wait for the worker that has it."""
    patience = time.monotonic() + _PATIENCE_SECONDS
    worker.carry_out(job_id)
    while not (job := Job.unscoped.get(pk=job_id)).finished:
        if time.monotonic() > patience:
            raise Unfinished(f"{job.kind} {job.pk} is {job.state} and does not finish: is a worker hanging?")
        time.sleep(0.2)
        worker.carry_out(job_id)
    if job.state != JobState.SUCCEEDED:
        raise Unfinished(f"{job.kind} {job.pk} is {job.state}: {job.error_message}")


def remove() -> list[str]:
    """Remove the demo's organizations with everything in them, but not the people; returns the names removed."""
    names = []
    for story in stories(clock.today()):
        organization = Organization.objects.filter(slug=story.slug, is_demo=True).first()
        if organization is None:
            continue
        stored = [
            name
            for model in (Upload, Export)
            for name in model.objects.for_organization(organization).values_list("stored_name", flat=True)
        ]
        with transaction.atomic():
            for model in children_first():
                # One statement per table: loading a year of claims to delete them takes most of a minute.
                rows = model.unscoped.filter(organization_id=organization.pk)
                rows._raw_delete(rows.db)
            # Nothing is told of it: the trail it would stand in is gone.
            Organization.objects.filter(pk=organization.pk)._raw_delete(DEFAULT_DB_ALIAS)
        for name in filter(None, stored):
            files.delete(name)
        names.append(organization.name)
    return names
