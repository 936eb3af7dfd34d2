"""What the description of the REST surface says of every operation alike: its errors and headers."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from upstream.core.errors import ErrorCode

_ERRORS = {
    400: "Something of the request is missing or not valid; `field` says what.",
    401: "The service key or access token is missing, unknown, revoked or expired.",
    403: "The key's scopes, or the person's role, do not allow it.",
    404: "There is no such thing, or it belongs to another organization.",
    406: "The header `Accept` takes no JSON.",
    409: "A request with this `Idempotency-Key` is still at work.",
    413: "The body is too large.",
    415: "The body has another media type than those listed.",
    422: "This `Idempotency-Key` came with another file before.",
    429: "Too many requests; `Retry-After` says how many seconds to wait.",
    500: "Something went wrong on our side; `X-Request-Id` is the reference for your administrator.",
}


class ErrorSerializer(serializers.Serializer[Any]):
    """Why something was not done, and what to do about it."""

    code = serializers.ChoiceField(choices=[code.value for code in ErrorCode])
    message = serializers.CharField()
    field = serializers.CharField(required=False, help_text="The field, parameter or header concerned.")


def errors(*statuses: int) -> dict[int, OpenApiResponse]:
    """The responses with these statuses, and those that any request can meet."""
    return {status: error(_ERRORS[status]) for status in sorted({*statuses, 406, 429, 500})}


def error(description: str) -> OpenApiResponse:
    return OpenApiResponse(ErrorSerializer, description)


def answered_with(name: str, statuses: list[int], description: str) -> OpenApiParameter:
    """A header of the responses with these statuses."""
    return OpenApiParameter(name, OpenApiTypes.STR, OpenApiParameter.HEADER, response=statuses, description=description)


RETRY_AFTER = OpenApiParameter(
    "Retry-After", OpenApiTypes.INT, OpenApiParameter.HEADER, response=[429], description="Seconds to wait."
)


def require_bodies(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A hook of drf-spectacular, which takes a body for optional where it was described by hand."""
    for operations in result["paths"].values():
        for operation in operations.values():
            if "requestBody" in operation:
                operation["requestBody"]["required"] = True
    return result
