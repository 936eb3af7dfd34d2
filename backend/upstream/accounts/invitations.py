"""Inviting somebody, and joining by the link that was sent.

The link's token is drawn by the job that sends it, so that it stands in no row and no message but the mail. It comes
behind a `#`, which browsers send to no server: no log holds it.
"""

from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet

from upstream.accounts import attempts, tokens
from upstream.accounts.models import Invitation, Membership, Organization, User
from upstream.accounts.roles import may_give
from upstream.audit import services as audit
from upstream.core import clock, jobs, scope
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError, TooOften, not_found
from upstream.core.models import Job
from upstream.core.worker import JobRun
from upstream.graph.permissions import Permission

JOB_KIND = "accounts.invitation"
LIFETIME = timedelta(days=7)
LONGEST_NAME = 200
# Mails that an organization may have sent in an hour.
MAILS_AN_HOUR = 30

_TEXT = """{inviter} invites you to join {organization} on Upstream, as {role}.

Open this link within seven days to join. It counts once, and for you alone:

{link}

If you do not know what this is about, you need not do anything.
"""


def pending(organization_id: UUID) -> QuerySet[Invitation]:
    """Invitations that were neither accepted nor revoked, those that ran out included; the newest first."""
    return (
        Invitation.objects.for_organization(organization_id)
        .filter(accepted_at=None, revoked_at=None)
        .select_related("job")
        .order_by("-id")
    )


@transaction.atomic
def invite(*, actor: Actor, email: str, name: str, role: str) -> Invitation:
    """Ask somebody to join; the mail is sent by a job.

    Raises FORBIDDEN, also for a role above one's own; STEP_UP_REQUIRED; INVALID and REQUIRED for e-mail and name;
    DUPLICATE for a member, and for somebody who was asked already; RATE_LIMITED; CONFLICT where no mail can be sent.
    """
    actor.require(Permission.MEMBERS_WRITE)
    _require_role(actor, role)
    email, name = email.strip().lower(), _name(name)
    try:
        validate_email(email)
    except ValidationError as error:
        raise ServiceError(ErrorCode.INVALID, "This is not an e-mail address.", field="email") from error
    actor.require_confirmed()
    organization = Organization.objects.select_for_update().get(pk=actor.organization_id)
    if Membership.objects.for_organization(organization).filter(user__email=email).exists():
        raise ServiceError(ErrorCode.DUPLICATE, "This person is a member already.", field="email")
    if pending(organization.pk).filter(email=email).exists():
        raise ServiceError(
            ErrorCode.DUPLICATE, "This person is invited already: send that invitation again.", field="email"
        )
    invitation = Invitation(
        organization=organization,
        email=email,
        name=name,
        role=role,
        created_by_id=actor.user_id,
        expires_at=clock.now() + LIFETIME,
        job=_enqueue_mail(actor),
    )
    invitation.save(force_insert=True)
    audit.record(
        actor=actor,
        action="member.invited",
        target_type="invitation",
        target_id=invitation.pk,
        detail={"role": role},
    )
    return invitation


@transaction.atomic
def send_again(*, actor: Actor, invitation_id: UUID) -> Invitation:
    """Send another link, which counts for seven days from now; the one before counts no more.

    Raises NOT_FOUND for what is not pending, and like `invite`.
    """
    invitation = _changeable(actor, invitation_id)
    invitation.job = _enqueue_mail(actor)
    invitation.token_digest, invitation.sent_at = "", None
    invitation.expires_at = clock.now() + LIFETIME
    invitation.save(update_fields=["job", "token_digest", "sent_at", "expires_at", "updated_at"])
    audit.record(
        actor=actor, action="invitation.sent_again", target_type="invitation", target_id=invitation.pk, detail={}
    )
    return invitation


@transaction.atomic
def revoke(*, actor: Actor, invitation_id: UUID) -> Invitation:
    """Take an invitation back at once. Raises NOT_FOUND for what is not pending, FORBIDDEN, STEP_UP_REQUIRED."""
    invitation = _changeable(actor, invitation_id)
    _revoke(actor, invitation)
    return invitation


def revoke_those_of(*, actor: Actor, inviter_id: UUID) -> None:
    """Take back what somebody asked others to who is no longer to decide; in the caller's transaction."""
    for invitation in pending(actor.organization_id).filter(created_by_id=inviter_id):
        _revoke(actor, invitation)


def _revoke(actor: Actor, invitation: Invitation) -> None:
    invitation.revoked_at = clock.now()
    invitation.save(update_fields=["revoked_at", "updated_at"])
    audit.record(actor=actor, action="invitation.revoked", target_type="invitation", target_id=invitation.pk)


def _changeable(actor: Actor, invitation_id: UUID) -> Invitation:
    actor.require(Permission.MEMBERS_WRITE)
    actor.require_confirmed()
    Organization.objects.select_for_update().get(pk=actor.organization_id)
    invitation = pending(actor.organization_id).select_for_update(of=("self",)).filter(pk=invitation_id).first()
    if invitation is None:
        raise not_found("invitation")
    _require_role(actor, invitation.role)
    return invitation


def _require_role(actor: Actor, role: str) -> None:
    if not may_give(actor.permissions, role):
        raise ServiceError(
            ErrorCode.FORBIDDEN, "This role is above your own. Ask an owner of your organization.", field="role"
        )


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise ServiceError(ErrorCode.REQUIRED, "Give a name.", field="name")
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise ServiceError(
            ErrorCode.INVALID, f"A name holds up to {LONGEST_NAME} characters that can be seen.", field="name"
        )
    return name


def _enqueue_mail(actor: Actor) -> Job:
    if not settings.EMAIL_BACKEND:
        raise ServiceError(
            ErrorCode.CONFLICT,
            "This installation sends no mail yet. Its operator sets MAILGUN_API_KEY or SENDGRID_API_KEY.",
        )
    hour = Job.objects.for_organization(actor.organization_id).filter(
        kind=JOB_KIND, created_at__gt=clock.now() - timedelta(hours=1)
    )
    sent = list(hour.order_by("-created_at").values_list("created_at", flat=True)[:MAILS_AN_HOUR])
    if len(sent) == MAILS_AN_HOUR:
        seconds = ceil((sent[-1] + timedelta(hours=1) - clock.now()).total_seconds())
        raise TooOften(
            f"{MAILS_AN_HOUR} invitations were sent within an hour. Wait a while and go on.", seconds=max(seconds, 1)
        )
    return jobs.enqueue(
        organization_id=actor.organization_id, kind=JOB_KIND, parameters={}, created_by_id=actor.user_id
    )


def send_mail(job: Job, run: JobRun) -> bool:
    """Draw a token and mail the link; False when the invitation of this job no longer waits for it."""
    waiting = pending(job.organization_id).filter(job=job)
    invitation = waiting.select_related("organization", "created_by").first()
    if invitation is None:
        return False
    token = tokens.new_secret()
    with transaction.atomic():
        run.fence()
        Invitation.objects.for_organization(job.organization_id).filter(pk=invitation.pk, job=job).update(
            token_digest=tokens.digest(token)
        )
    inviter, organization = invitation.created_by, invitation.organization
    EmailMessage(
        subject=f"Join {organization.name} on Upstream",
        body=_TEXT.format(
            inviter=f"{inviter.name} ({inviter.email})" if inviter else organization.name,
            organization=organization.name,
            role=invitation.get_role_display().lower(),
            link=f"{settings.PORTAL_BASE_URL}/invitation#{token}",
        ),
        to=[invitation.email],
    ).send()
    Invitation.objects.for_organization(job.organization_id).filter(pk=invitation.pk, job=job).update(
        sent_at=clock.now()
    )
    return True


@dataclass(frozen=True, slots=True)
class Asked:
    """What the holder of a link is asked to join, and whether they have an account already."""

    invitation: Invitation
    user: User | None


@scope.of_all_organizations()
def read(token: str) -> Asked:
    """Raises EXPIRED, the same for a token that is unknown, used, revoked or too old."""
    invitation = (
        Invitation.unscoped.filter(
            token_digest=tokens.digest(token), accepted_at=None, revoked_at=None, expires_at__gt=clock.now()
        )
        .select_related("organization")
        .first()
    )
    user = User.objects.filter(email=invitation.email).first() if invitation else None
    if invitation is None or (user and not user.is_active):
        raise _over()
    return Asked(invitation, user)


@scope.of_all_organizations()
def accept(*, token: str, actor: Actor | None, name: str = "", password: str = "", address: str = "") -> Membership:
    """Join. Who has no account yet chooses name and password; who has one gives its password, or is signed in to it.

    Raises EXPIRED as `read`; REQUIRED and INVALID for name and password; RATE_LIMITED.
    """
    asked = read(token)
    user, invitation = asked.user, asked.invitation
    if user is None:
        user = _new_user(invitation.email, name, password)
    elif actor is None or actor.user_id != user.pk:
        _check_password(user, password, address)
    with transaction.atomic():
        # Of several at once one finds it open.
        open_still = Invitation.unscoped.filter(
            pk=invitation.pk, token_digest=invitation.token_digest, accepted_at=None, revoked_at=None
        )
        if not open_still.update(accepted_at=clock.now()):
            raise _over()
        if asked.user is None:
            if User.objects.filter(email=user.email).exists():
                raise _over()
            user.save(force_insert=True)
        return _join(invitation, user)


@scope.of_all_organizations()
def join_by_address(*, email: str, user: User | None, name: str) -> User | None:
    """Whoever has shown that an address is theirs joins wherever it was asked to, and gets an account without a
    password where there is none; None where nobody asked.
    """
    asked = Invitation.unscoped.filter(email=email, accepted_at=None, revoked_at=None, expires_at__gt=clock.now())
    with transaction.atomic():
        for invitation in asked.select_related("organization").order_by("id"):
            if not asked.filter(pk=invitation.pk).update(accepted_at=clock.now()):
                continue
            if user is None:
                user = User(email=email, name=name[:LONGEST_NAME] or invitation.name)
                user.set_unusable_password()
                user.save(force_insert=True)
            _join(invitation, user)
    return user


def _join(invitation: Invitation, user: User) -> Membership:
    """The membership that was accepted, or the one that there is; in the caller's transaction."""
    membership = Membership.objects.for_organization(invitation.organization_id).filter(user=user).first()
    if membership is None:
        membership = Membership(organization=invitation.organization, user=user, role=invitation.role)
        membership.save(force_insert=True)
        audit.record(
            actor=Actor(organization_id=invitation.organization_id, user_id=user.pk, permissions=frozenset()),
            action="member.joined",
            target_type="membership",
            target_id=membership.pk,
            detail={"role": membership.role, "invitation": str(invitation.pk)},
        )
    return membership


def _over() -> ServiceError:
    return ServiceError(
        ErrorCode.EXPIRED,
        "This invitation does not count any more. Ask whoever invited you to send it again.",
        field="token",
    )


def _new_user(email: str, name: str, password: str) -> User:
    """Not saved yet."""
    user = User(email=email, name=_name(name))
    if not password:
        raise ServiceError(ErrorCode.REQUIRED, "Choose a password.", field="password")
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ServiceError(ErrorCode.INVALID, " ".join(error.messages), field="password") from error
    user.set_password(password)
    return user


def _check_password(user: User, password: str, address: str) -> None:
    if attempts.too_many(user.email, address):
        raise attempts.refusal()
    if not password:
        raise ServiceError(ErrorCode.REQUIRED, "Give the password of your account.", field="password")
    if not check_password(password, user.password):
        attempts.count_failure(user.email, address)
        raise ServiceError(ErrorCode.INVALID, "This is not the password of your account.", field="password")
