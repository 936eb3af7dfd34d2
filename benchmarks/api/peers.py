"""The same page of claims as one would else make it: Django REST Framework, and strawberry-django as it comes.

Both are mounted beside Upstream's own addresses, pass the same middleware and ask for the same token.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import strawberry
import strawberry_django
from django.db.models import QuerySet
from django.urls import path
from rest_framework import generics, pagination, permissions, serializers
from strawberry.django.views import GraphQLView
from strawberry_django.optimizer import DjangoOptimizerExtension

from upstream.accounts import sessions
from upstream.accounts.authentication import BearerAuthentication
from upstream.api.urls import urlpatterns as own
from upstream.claims.models import Claim, Payer
from upstream.core import scope

FIELDS = (
    "id", "control_number", "procedure_code", "outcome", "submitted_date", "decided_date", "billed_amount",
    "paid_amount", "denial_code", "payer",
)  # fmt: skip


class PayerSerializer(serializers.ModelSerializer[Payer]):
    class Meta:
        model = Payer
        fields = ("id", "name")


class ClaimSerializer(serializers.ModelSerializer[Claim]):
    payer = PayerSerializer()

    class Meta:
        model = Claim
        fields = FIELDS


class Newest(pagination.CursorPagination):
    page_size = 100
    ordering = ("-submitted_date", "-id")


class Claims(generics.ListAPIView[Claim]):
    authentication_classes = (BearerAuthentication,)
    permission_classes = (permissions.AllowAny,)
    serializer_class = ClaimSerializer
    pagination_class = Newest
    throttle_classes = ()

    def get_queryset(self) -> QuerySet[Claim]:
        actor: Any = self.request.auth
        scope.enter(actor.organization_id)
        return Claim.objects.for_organization(actor.organization_id).select_related("payer")


@strawberry_django.type(Payer)
class PeerPayer:
    id: strawberry.ID
    name: str


@strawberry_django.type(Claim)
class PeerClaim:
    id: strawberry.ID
    control_number: str
    procedure_code: str
    outcome: str
    submitted_date: date | None
    decided_date: date | None
    billed_amount: Decimal
    paid_amount: Decimal | None
    denial_code: str
    payer: PeerPayer


@strawberry.type
class PeerQuery:
    @strawberry_django.field
    def claims(self, info: strawberry.Info, first: int) -> list[PeerClaim]:
        _, _, token = info.context.request.headers["Authorization"].partition(" ")
        actor = sessions.authenticate(token)
        assert actor
        scope.enter(actor.organization_id)
        rows = Claim.objects.for_organization(actor.organization_id)
        return rows.order_by("-submitted_date", "-id")[:first]  # type: ignore[return-value]


schema = strawberry.Schema(query=PeerQuery, extensions=[DjangoOptimizerExtension])
urlpatterns = [
    *own,
    path("peers/rest/", Claims.as_view()),
    path("peers/strawberry/", GraphQLView.as_view(schema=schema)),
]
