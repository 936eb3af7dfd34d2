"""Resumable uploads over REST, by the tus protocol 1.0: creation, core, expiration and termination."""

import binascii
from base64 import b64decode
from collections.abc import Iterator
from typing import Any, cast
from uuid import UUID

from django.urls import reverse
from django.utils.http import http_date
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from upstream.core.errors import ErrorCode, ServiceError
from upstream.graph.permissions import Permission
from upstream.intake import resumable
from upstream.intake.models import ResumableUpload
from upstream.intake.rest import UploadSerializer
from upstream.rest.bodies import PartParser
from upstream.rest.description import RETRY_AFTER, answered_with, error, errors
from upstream.rest.views import RestView

_NUMBER = {"type": "integer", "format": "int64", "minimum": 0}


class ResumableUploadSerializer(serializers.ModelSerializer[ResumableUpload]):
    """How far a file has come."""

    upload = UploadSerializer(
        allow_null=True, read_only=True, help_text="What became of it; null while parts are missing."
    )

    class Meta:
        model = ResumableUpload
        fields = read_only_fields = ("id", "size_bytes", "received_bytes", "expires_at", "upload")
        extra_kwargs = {
            "received_bytes": {"help_text": "Where the file goes on."},
            "expires_at": {"help_text": "When what has come is deleted, unless more comes before."},
        }


def _whole_number(request: Request, header: str) -> int:
    text = request.headers.get(header, "")
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        code = ErrorCode.INVALID if text else ErrorCode.REQUIRED
        raise ServiceError(code, f"Send the header {header}: a number of bytes.", field=header)
    return int(text)


def _file_name(metadata: str) -> str:
    """The `filename` of Upload-Metadata, which holds names with their values in base64, between commas."""
    pairs = dict(pair.strip().partition(" ")[::2] for pair in metadata.split(","))
    try:
        name = b64decode(pairs.get("filename", ""), validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise ServiceError(
            ErrorCode.INVALID, "In Upload-Metadata the filename is base64 of UTF-8.", field="Upload-Metadata"
        ) from error
    if not name.strip():
        raise ServiceError(
            ErrorCode.REQUIRED,
            "Name the file in the header Upload-Metadata: filename, and it in base64.",
            field="Upload-Metadata",
        )
    return name


def _headers(found: ResumableUpload) -> dict[str, str]:
    return {
        "Tus-Resumable": "1.0.0",
        "Upload-Offset": str(found.received_bytes),
        "Upload-Length": str(found.size_bytes),
        "Upload-Expires": http_date(found.expires_at.timestamp()),
    }


class ResumableUploadsView(RestView):
    permissions = {"POST": Permission.UPLOADS_WRITE}
    http_method_names = ["post"]

    @extend_schema(
        operation_id="resumable_uploads_create",
        summary="Announce a file that comes in parts",
        tags=["uploads"],
        parameters=[
            OpenApiParameter(
                "Upload-Length",
                _NUMBER | {"minimum": 1},
                OpenApiParameter.HEADER,
                required=True,
                description="Bytes of the whole file.",
            ),
            OpenApiParameter(
                "Upload-Metadata",
                {"type": "string", "pattern": "^filename [A-Za-z0-9+/]+=*$"},
                OpenApiParameter.HEADER,
                required=True,
                description="`filename` and, behind a space, the file's name in base64.",
            ),
            answered_with("Location", [201], "Where the parts go."),
            answered_with("Upload-Expires", [201], "When the upload is deleted, unless parts come."),
            RETRY_AFTER,
        ],
        request=None,
        responses={201: OpenApiResponse(None, "Send the parts."), **errors(400, 401, 403, 413)},
    )
    def post(self, request: Request) -> Response:
        """The tus protocol 1.0 (creation): for large files and connections that get lost."""
        size = _whole_number(request, "Upload-Length")
        name = _file_name(request.headers.get("Upload-Metadata", ""))
        begun = resumable.begin(actor=self.actor, file_name=name, size_bytes=size)
        place = reverse("rest-resumable-upload", kwargs={"resumable_id": begun.pk})
        return Response(status=201, headers=_headers(begun) | {"Location": place})


class ResumableUploadView(RestView):
    permissions = dict.fromkeys(("GET", "PATCH", "DELETE"), Permission.UPLOADS_WRITE)
    http_method_names = ["get", "head", "patch", "delete"]
    parser_classes = [PartParser]

    @extend_schema(
        operation_id="resumable_uploads_retrieve",
        summary="Ask how far a file has come",
        tags=["uploads"],
        parameters=[answered_with("Upload-Offset", [200], "Where the file goes on."), RETRY_AFTER],
        responses={200: ResumableUploadSerializer, **errors(401, 403, 404)},
    )
    def get(self, request: Request, resumable_id: UUID) -> Response:
        """By HEAD, as tus does, in the headers alone. Whoever began an upload goes on with it, and nobody else."""
        found = resumable.get(actor=self.actor, resumable_id=resumable_id)
        return Response(ResumableUploadSerializer(found, context={"actor": self.actor}).data, headers=_headers(found))

    @extend_schema(
        operation_id="resumable_uploads_append",
        summary="Send the next part",
        tags=["uploads"],
        parameters=[
            OpenApiParameter(
                "Upload-Offset", _NUMBER, OpenApiParameter.HEADER, required=True, description="The part's first byte."
            ),
            answered_with("Upload-Offset", [204], "Where the file goes on."),
            answered_with("Upload-Expires", [204], "When what has come is deleted, unless more comes before."),
            RETRY_AFTER,
        ],
        request={"application/offset+octet-stream": {"type": "string", "format": "binary"}},
        responses={
            204: OpenApiResponse(
                None, "Kept. Behind the last byte the file is an upload: see `upload` of this address."
            ),
            409: error("The file goes on elsewhere, or another request was faster: ask where it stands."),
            **errors(400, 401, 403, 404, 413, 415),
        },
    )
    def patch(self, request: Request, resumable_id: UUID) -> Response:
        """Parts of any size. Of one that breaks off, what came is kept."""
        offset = _whole_number(request, "Upload-Offset")
        chunks = cast(Iterator[bytes], cast(dict[str, Any], request.data).get("part", iter(())))
        found = resumable.receive(actor=self.actor, resumable_id=resumable_id, offset=offset, chunks=chunks)
        return Response(status=204, headers=_headers(found))

    @extend_schema(
        operation_id="resumable_uploads_discard",
        summary="End a file that comes in parts",
        tags=["uploads"],
        parameters=[RETRY_AFTER],
        responses={204: OpenApiResponse(None, "What has come is deleted."), **errors(401, 403, 404)},
    )
    def delete(self, request: Request, resumable_id: UUID) -> Response:
        """Deletes the parts; the upload that a whole file became stays."""
        resumable.discard(actor=self.actor, resumable_id=resumable_id)
        return Response(status=204)
