"""Signing in over REST: the same sessions as through the graph, in the shape that clients of simplejwt know."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from upstream.accounts import sessions
from upstream.accounts.authentication import BearerAuthentication, ServiceKeyAuthentication
from upstream.accounts.models import ClientKind
from upstream.accounts.tokens import IssuedTokens
from upstream.core.addresses import client_address
from upstream.core.errors import ErrorCode, ServiceError
from upstream.graph.permissions import Permission
from upstream.rest.description import RETRY_AFTER, error, errors
from upstream.rest.views import RestView


class ServiceKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = ServiceKeyAuthentication
    name = "serviceKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Api-Key upk_…`: a service key, which owners and admins create under Settings.",
        }


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = BearerAuthentication
    name = "accessToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A person's access token of ten minutes, from `auth/token/` or `auth/token/refresh/`.",
        }


class TokenRequest(serializers.Serializer[Any]):
    email = serializers.CharField(max_length=254, trim_whitespace=False)
    password = serializers.CharField(max_length=1000, trim_whitespace=False, style={"input_type": "password"})
    code = serializers.CharField(
        required=False,
        max_length=40,
        help_text="Of the person's authenticator app, or a recovery code; where a second factor is on.",
    )
    organization_id = serializers.UUIDField(
        required=False, help_text="For people of several organizations; the first by name where it is left out."
    )


class TokenPair(serializers.Serializer[Any]):
    access = serializers.CharField(help_text="For the header `Authorization: Bearer …`; good for ten minutes.")
    refresh = serializers.CharField(
        required=False,
        help_text="For the next access token, once: an old one that comes back ends the session. Left out where "
        "another request renewed the same one within the last seconds: that request was given the next.",
    )


class RefreshRequest(serializers.Serializer[Any]):
    refresh = serializers.CharField(max_length=200, trim_whitespace=False)


class VerifyRequest(serializers.Serializer[Any]):
    token = serializers.CharField(max_length=4000, trim_whitespace=False)


def _validated(serializer: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    given = serializer(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def _pair(issued: IssuedTokens) -> Response:
    pair = {"access": issued.access_token}
    if issued.refresh_token:
        pair["refresh"] = issued.refresh_token
    return Response(pair)


class TokenView(RestView):
    permissions = {"POST": Permission.PUBLIC}
    authentication_classes = []

    @extend_schema(
        operation_id="token_create",
        summary="Sign in",
        tags=["auth"],
        request=TokenRequest,
        responses={
            200: TokenPair,
            401: error(
                "The e-mail address or the password is not right, or the code is not; SECOND_FACTOR_REQUIRED where "
                "only `code` is missing."
            ),
            404: error("The person belongs to no such organization."),
            **errors(400, 413, 415),
        },
        parameters=[RETRY_AFTER],
    )
    def post(self, request: Request) -> Response:
        """Tokens of a new session of a person. Ten wrong passwords or codes close this for a quarter of an hour."""
        given = _validated(TokenRequest, request)
        try:
            issued = sessions.sign_in(
                email=given["email"],
                password=given["password"],
                client=ClientKind.BEARER,
                organization_id=given.get("organization_id"),
                address=client_address(request._request),
                code=given.get("code", ""),
            )
        except ServiceError as error:
            if error.code == ErrorCode.INVALID:
                raise ServiceError(ErrorCode.UNAUTHENTICATED, error.message, field=error.field) from error
            if error.code == ErrorCode.NOT_FOUND:
                raise ServiceError(error.code, error.message, field="organization_id") from error
            raise
        return _pair(issued)


class TokenRefreshView(RestView):
    permissions = {"POST": Permission.PUBLIC}
    authentication_classes = []

    @extend_schema(
        operation_id="token_refresh_create",
        summary="Renew the tokens",
        tags=["auth"],
        request=RefreshRequest,
        responses={200: TokenPair, 401: error("The session has ended: sign in again."), **errors(400, 413, 415)},
        parameters=[RETRY_AFTER],
    )
    def post(self, request: Request) -> Response:
        """A new access token, and a new refresh token in the place of the one sent."""
        return _pair(sessions.refresh(refresh_token=_validated(RefreshRequest, request)["refresh"]))


class TokenVerifyView(RestView):
    permissions = {"POST": Permission.PUBLIC}
    authentication_classes = []

    @extend_schema(
        operation_id="token_verify_create",
        summary="Ask whether an access token counts",
        tags=["auth"],
        request=VerifyRequest,
        responses={
            200: OpenApiResponse({"type": "object", "additionalProperties": False}, "It counts: an empty object."),
            401: error("It does not count."),
            **errors(400, 413, 415),
        },
        parameters=[RETRY_AFTER],
    )
    def post(self, request: Request) -> Response:
        """200 while the token and its session count, else 401."""
        if sessions.authenticate(_validated(VerifyRequest, request)["token"]) is None:
            raise ServiceError(ErrorCode.UNAUTHENTICATED, "This access token does not count (any more).", field="token")
        return Response({})
