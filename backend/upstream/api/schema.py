"""The schema: every room's queries and mutations in one graph."""

import strawberry

from upstream.accounts.member_schema import MembersMutation, MembersQuery
from upstream.accounts.own_account import OwnAccountMutation, OwnAccountQuery
from upstream.accounts.schema import AccountsMutation, AccountsQuery
from upstream.alerts.schema import AlertsMutation, AlertsQuery
from upstream.alerts.webhook_schema import AlertWebhooksMutation, AlertWebhooksQuery
from upstream.claims.location_schema import LocationsMutation, LocationsQuery
from upstream.claims.metrics.schema import MetricsQuery
from upstream.claims.patient_schema import PatientsMutation
from upstream.claims.schema import ClaimsMutation, ClaimsQuery
from upstream.claims.service_group_schema import ServiceGroupsMutation, ServiceGroupsQuery
from upstream.detection.schema import DetectionMutation, DetectionQuery
from upstream.graph.jobs import JobMutation, JobQuery
from upstream.graph.schema import UpstreamSchema
from upstream.intake.mending_types import MendingMutation, MendingQuery
from upstream.intake.schema import IntakeMutation, IntakeQuery
from upstream.queries.schema import QueriesMutation, QueriesQuery
from upstream.reports.schema import ReportsMutation, ReportsQuery
from upstream.trail.schema import TrailQuery


@strawberry.type
class Query(
    AccountsQuery,
    MembersQuery,
    OwnAccountQuery,
    AlertsQuery,
    AlertWebhooksQuery,
    DetectionQuery,
    ClaimsQuery,
    MetricsQuery,
    LocationsQuery,
    ServiceGroupsQuery,
    IntakeQuery,
    MendingQuery,
    ReportsQuery,
    QueriesQuery,
    TrailQuery,
    JobQuery,
):
    pass


@strawberry.type
class Mutation(
    AccountsMutation,
    MembersMutation,
    OwnAccountMutation,
    AlertsMutation,
    AlertWebhooksMutation,
    DetectionMutation,
    ClaimsMutation,
    PatientsMutation,
    LocationsMutation,
    ServiceGroupsMutation,
    IntakeMutation,
    MendingMutation,
    ReportsMutation,
    QueriesMutation,
    JobMutation,
):
    pass


schema = UpstreamSchema(query=Query, mutation=Mutation)
