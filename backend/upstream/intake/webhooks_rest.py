"""Webhooks over REST: what other systems send, signed."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from upstream.graph.permissions import Permission
from upstream.intake import webhooks
from upstream.intake.rest import ReceiptSerializer
from upstream.rest.bodies import FhirParser, WholeParser
from upstream.rest.description import RETRY_AFTER, error, errors
from upstream.rest.throttling import SenderThrottle
from upstream.rest.views import RestView

_RESOURCE = {"type": "object", "properties": {"resourceType": {"type": "string"}}, "required": ["resourceType"]}


class FhirWebhookView(RestView):
    permissions = {"POST": Permission.PUBLIC}
    # The signature is what lets in; it covers the body.
    authentication_classes = []
    throttle_classes = [SenderThrottle]
    parser_classes = [FhirParser, WholeParser]

    @extend_schema(
        operation_id="webhooks_fhir_create",
        summary="Send FHIR to a webhook",
        tags=["webhooks"],
        parameters=[
            OpenApiParameter(
                "X-Upstream-Signature",
                {"type": "string", "pattern": "^t=[0-9]{10},v1=[0-9a-f]{64}$"},
                OpenApiParameter.HEADER,
                required=True,
                description="`t=`: seconds since 1970, not more than five minutes off; `v1=`: HMAC-SHA256 in "
                "hexadecimal, keyed with the webhook's secret, of `t`, a dot and the body. Each signature counts once.",
            ),
            RETRY_AFTER,
        ],
        request={"application/fhir+json": _RESOURCE, "application/json": _RESOURCE},
        responses={
            202: OpenApiResponse(ReceiptSerializer, "Taken in, and will be read."),
            204: OpenApiResponse(None, "A handshake or heartbeat: it brings nothing to take in."),
            401: error("The webhook is unknown, or its signature is not right, too old or was taken before."),
            404: error("The address is none: what stands for the id is not written as one."),
            **errors(400, 413, 415),
        },
    )
    def post(self, request: Request, webhook_id: UUID) -> Response:
        """A resource or a Bundle, also a Subscription's notification; up to 16 MB."""
        body: Any = request.data
        upload = webhooks.receive(
            webhook_id=webhook_id,
            header=request.headers.get("X-Upstream-Signature", ""),
            body=body.get("body", b""),
        )
        if upload is None:
            return Response(status=204)
        return Response(ReceiptSerializer(upload).data, status=202)
