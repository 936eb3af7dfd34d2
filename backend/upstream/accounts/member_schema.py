"""Members and invitations in the graph."""

from datetime import datetime
from typing import cast

import strawberry

from upstream.accounts import invitations, members, selectors
from upstream.accounts.models import Invitation
from upstream.accounts.roles import Role
from upstream.accounts.types import MemberType, member, member_of
from upstream.core.addresses import client_address
from upstream.core.models import JobState
from upstream.graph.context import Info
from upstream.graph.gates import gated, gated_model, requires, shown
from upstream.graph.mutations import Problem, payload, uuid_of
from upstream.graph.permissions import Permission


@gated_model(
    Invitation,
    Permission.MEMBERS_WRITE,
    name="Invitation",
    description="Somebody who was asked to join and has not answered yet.",
)
class InvitationType:
    id: strawberry.ID
    email: str
    name: str
    created_at: datetime
    sent_at: datetime | None = strawberry.field(description="Null until the mail was handed over.")
    expires_at: datetime

    @strawberry.field
    def role(self) -> Role:
        return Role(cast(Invitation, self).role)

    @strawberry.field(description="The mail could not be handed over, and is not tried again by itself.")
    def sending_failed(self) -> bool:
        job = cast(Invitation, self).job
        return job is not None and job.state == JobState.FAILED

    @strawberry.field
    def invited_by(self, info: Info) -> MemberType | None:
        return member(info, cast(Invitation, self).created_by_id)


@gated(Permission.MEMBERS_WRITE)
class InvitationPayload:
    invitation: InvitationType | None = None
    errors: list[Problem] = strawberry.field(default_factory=list)


@gated(Permission.MEMBERS_WRITE)
class MemberPayload:
    member: MemberType | None = None
    errors: list[Problem] = strawberry.field(default_factory=list)


@gated(Permission.MEMBERS_WRITE)
class RemoveMemberPayload:
    member_id: strawberry.ID | None = None
    errors: list[Problem] = strawberry.field(default_factory=list)


@gated(Permission.PUBLIC)
class ReadInvitationPayload:
    organization_id: strawberry.ID | None = None
    organization_name: str | None = None
    email: str | None = None
    name: str | None = None
    role: Role | None = None
    has_account: bool | None = strawberry.field(
        default=None, description="Then `acceptInvitation` takes the account's password, or its session."
    )
    errors: list[Problem] = strawberry.field(default_factory=list)


@gated(Permission.PUBLIC)
class AcceptInvitationPayload:
    organization_id: strawberry.ID | None = strawberry.field(
        default=None, description="Where the person may sign in, or switch to, from now on."
    )
    errors: list[Problem] = strawberry.field(default_factory=list)


@strawberry.input
class InviteMemberInput:
    email: str
    name: str
    role: Role


@strawberry.input
class AcceptInvitationInput:
    token: str = strawberry.field(description="What stands behind the `#` of the link.")
    name: str = strawberry.field(default="", description="Of somebody who has no account yet.")
    password: str = ""


@strawberry.type
class MembersQuery:
    @strawberry.field(directives=requires(Permission.MEMBERS_READ), description="By name.")
    def members(self, info: Info) -> list[MemberType] | None:
        return [member_of(membership) for membership in selectors.members(info.context.organization_id)]

    @strawberry.field(
        directives=requires(Permission.MEMBERS_WRITE), description="Those not answered yet, the newest first."
    )
    def invitations(self, info: Info) -> list[InvitationType] | None:
        return [shown(invitation) for invitation in invitations.pending(info.context.organization_id)]


@strawberry.type
class MembersMutation:
    @strawberry.field(
        directives=requires(Permission.MEMBERS_WRITE),
        description="Mails a link that counts once, within seven days. Needs `confirmIdentity`.",
    )
    @payload(InvitationPayload)
    def invite_member(self, info: Info, input: InviteMemberInput) -> InvitationPayload | None:
        invitation = invitations.invite(
            actor=info.context.signed_in(), email=input.email, name=input.name, role=input.role
        )
        return InvitationPayload(invitation=shown(invitation))

    @strawberry.field(
        directives=requires(Permission.MEMBERS_WRITE),
        description="Mails another link; the one before counts no more. Needs `confirmIdentity`.",
    )
    @payload(InvitationPayload)
    def resend_invitation(self, info: Info, id: strawberry.ID) -> InvitationPayload | None:
        invitation = invitations.send_again(actor=info.context.signed_in(), invitation_id=uuid_of(id, "invitation"))
        return InvitationPayload(invitation=shown(invitation))

    @strawberry.field(directives=requires(Permission.MEMBERS_WRITE), description="At once. Needs `confirmIdentity`.")
    @payload(InvitationPayload)
    def revoke_invitation(self, info: Info, id: strawberry.ID) -> InvitationPayload | None:
        invitation = invitations.revoke(actor=info.context.signed_in(), invitation_id=uuid_of(id, "invitation"))
        return InvitationPayload(invitation=shown(invitation))

    @strawberry.field(
        directives=requires(Permission.PUBLIC),
        description="What an invitation asks; EXPIRED for any token that does not count.",
    )
    @payload(ReadInvitationPayload)
    def read_invitation(self, info: Info, token: str) -> ReadInvitationPayload:
        asked = invitations.read(token)
        return ReadInvitationPayload(
            organization_id=strawberry.ID(str(asked.invitation.organization_id)),
            organization_name=asked.invitation.organization.name,
            email=asked.invitation.email,
            name=asked.invitation.name,
            role=Role(asked.invitation.role),
            has_account=asked.user is not None,
        )

    @strawberry.field(
        directives=requires(Permission.PUBLIC), description="Makes the membership; signing in is another step."
    )
    @payload(AcceptInvitationPayload)
    def accept_invitation(self, info: Info, input: AcceptInvitationInput) -> AcceptInvitationPayload:
        membership = invitations.accept(
            token=input.token,
            actor=info.context.actor,
            name=input.name,
            password=input.password,
            address=client_address(info.context.request),
        )
        return AcceptInvitationPayload(organization_id=strawberry.ID(str(membership.organization_id)))

    @strawberry.field(
        directives=requires(Permission.MEMBERS_WRITE),
        description="By the person's id. A role that allows less ends their sessions here. Needs `confirmIdentity`.",
    )
    @payload(MemberPayload)
    def change_member_role(self, info: Info, id: strawberry.ID, role: Role) -> MemberPayload | None:
        membership = members.change_role(actor=info.context.signed_in(), user_id=uuid_of(id, "member"), role=role)
        return MemberPayload(member=member_of(membership))

    @strawberry.field(
        directives=requires(Permission.MEMBERS_WRITE),
        description="By the person's id; their sessions here end at once. Needs `confirmIdentity`.",
    )
    @payload(RemoveMemberPayload)
    def remove_member(self, info: Info, id: strawberry.ID) -> RemoveMemberPayload | None:
        members.remove(actor=info.context.signed_in(), user_id=uuid_of(id, "member"))
        return RemoveMemberPayload(member_id=id)
