"""The schema: every room's queries and mutations in one graph."""

import strawberry

from upstream.accounts.schema import AccountsMutation, AccountsQuery
from upstream.graph.jobs import JobMutation, JobQuery
from upstream.graph.schema import UpstreamSchema


@strawberry.type
class Query(AccountsQuery, JobQuery):
    pass


@strawberry.type
class Mutation(AccountsMutation, JobMutation):
    pass


schema = UpstreamSchema(query=Query, mutation=Mutation)
