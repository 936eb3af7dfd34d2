"""Uploads over REST: hand a file in, follow what becomes of it."""

from hashlib import sha256
from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError, not_found
from upstream.core.models import Job, JobState
from upstream.graph.pages import MAX_PAGE, NEWEST_FIRST, page
from upstream.graph.permissions import Permission
from upstream.intake import selectors, services
from upstream.intake.models import Upload
from upstream.rest import idempotency
from upstream.rest.bodies import ArrivingFile, FormFileParser, RawFileParser, content_length
from upstream.rest.description import RETRY_AFTER, ErrorSerializer, answered_with, errors
from upstream.rest.views import RestView

PAGE = 25
# What a form adds to the file: its boundaries and the part's headers.
_AROUND_THE_FILE = 1 << 16


class LinksSerializer(serializers.Serializer[Any]):
    self = serializers.CharField(help_text="Where the upload is followed, from the root of this host.")


class ReceiptSerializer(serializers.ModelSerializer[Upload]):
    state = serializers.ChoiceField(choices=JobState.values, source="job.state", read_only=True)
    links = serializers.SerializerMethodField()

    class Meta:
        model = Upload
        fields: tuple[str, ...] = ("id", "state", "links")

    @extend_schema_field(LinksSerializer)
    def get_links(self, upload: Upload) -> dict[str, str]:
        return {"self": reverse("rest-upload", kwargs={"upload_id": upload.pk})}


class ProgressSerializer(serializers.Serializer[Job]):
    done = serializers.IntegerField(source="progress_done", help_text="Bytes of the file read.")
    total = serializers.IntegerField(source="progress_total", allow_null=True)
    step = serializers.CharField(source="progress_label", allow_blank=True)


class FindingSerializer(serializers.Serializer[Any]):
    position = serializers.IntegerField(help_text="X12: the segment's number; a table: its line; 0: all of the file.")
    severity = serializers.ChoiceField(choices=["info", "warning", "error"])
    code = serializers.CharField()
    message = serializers.CharField()


class UploadSerializer(ReceiptSerializer):
    """An upload, with nothing of its patients. `context` names the `actor`."""

    file_name = serializers.SerializerMethodField(
        help_text="Its kind and moment to who may not read PHI: names of files tell of patients, too."
    )
    progress = ProgressSerializer(source="job", read_only=True)
    error = serializers.SerializerMethodField(help_text="Why nothing (more) could be read; null otherwise.")
    duplicate_of = serializers.UUIDField(
        source="duplicate_of_id",
        allow_null=True,
        read_only=True,
        help_text="The same file, taken in before: this one changed nothing.",
    )
    container = serializers.UUIDField(
        source="container_id", allow_null=True, read_only=True, help_text="The archive that brought the file."
    )
    findings = FindingSerializer(many=True, read_only=True, help_text="Notes about the file that kept nothing out.")

    class Meta(ReceiptSerializer.Meta):
        fields = read_only_fields = (
            "id", "state", "file_name", "kind", "size_bytes", "sha256", "created_at", "progress", "error",
            "duplicate_of", "container", "rows_read", "lines_read", "claims_created", "claims_updated",
            "claims_unchanged", "rows_quarantined", "quarantine_truncated", "findings", "links",
        )  # fmt: skip
        extra_kwargs = {
            "sha256": {"help_text": "Of the file as it came, in hexadecimal."},
            "rows_quarantined": {"help_text": "Rows that were not taken; people see them, with reasons, in Upstream."},
            "quarantine_truncated": {"help_text": "More rows were rejected than are kept."},
        }

    def get_file_name(self, upload: Upload) -> str:
        return upload.shown_name(self.context["actor"].permissions)

    @extend_schema_field(ErrorSerializer(allow_null=True))
    def get_error(self, upload: Upload) -> dict[str, str] | None:
        job = upload.job
        if job is None or not job.error_code:
            return None
        known = job.error_code in ErrorCode.__members__
        return {"code": job.error_code if known else ErrorCode.INTERNAL.value, "message": job.error_message}


class UploadPageSerializer(serializers.Serializer[Any]):
    items = UploadSerializer(many=True)
    next = serializers.CharField(allow_null=True, help_text="Where the next page is, from the root of this host.")


def _uploads(actor: Actor) -> QuerySet[Upload]:
    return selectors.uploads(actor.organization_id).select_related("job")


class UploadsView(RestView):
    permissions = {"GET": Permission.UPLOADS_READ, "POST": Permission.UPLOADS_WRITE}
    parser_classes = [FormFileParser, RawFileParser]

    @extend_schema(
        operation_id="uploads_list",
        summary="List uploads",
        tags=["uploads"],
        parameters=[
            OpenApiParameter("first", {"type": "integer", "minimum": 1, "maximum": MAX_PAGE, "default": PAGE}),
            OpenApiParameter("after", OpenApiTypes.STR, description="From the `next` of the page before."),
            RETRY_AFTER,
        ],
        responses={200: UploadPageSerializer, **errors(400, 401, 403)},
    )
    def get(self, request: Request) -> Response:
        """The organization's uploads, the newest first."""
        first = request.query_params.get("first", str(PAGE))
        found = page(
            _uploads(self.actor),
            organization_id=self.actor.organization_id,
            order=NEWEST_FIRST,
            first=int(first) if first.isascii() and first.isdigit() and len(first) < 5 else 0,
            after=request.query_params.get("after"),
        )
        following = None
        if found.rows.has_next:
            following = f"{request.path}?{urlencode({'first': first, 'after': found.rows.cursor(-1)})}"
        return Response(
            {"items": UploadSerializer(found.rows, many=True, context={"actor": self.actor}).data, "next": following}
        )

    @extend_schema(
        operation_id="uploads_create",
        summary="Hand a file in",
        tags=["uploads"],
        parameters=[
            OpenApiParameter(
                "Idempotency-Key",
                {"type": "string", "minLength": 1, "maxLength": idempotency.LONGEST_KEY, "pattern": "^[ -~]+$"},
                OpenApiParameter.HEADER,
                required=True,
                description="A text of your own for this file. Sent again with the same file it answers the same "
                "upload, however long ago that was.",
            ),
            OpenApiParameter(
                "X-File-Name",
                OpenApiTypes.STR,
                OpenApiParameter.HEADER,
                description="The file's name, percent-encoded where it is not ASCII. Needed where the body is the "
                "file itself.",
            ),
            answered_with("Location", [200, 202], "Where the upload is followed."),
            answered_with("Idempotency-Replayed", [200], "`true`"),
            RETRY_AFTER,
        ],
        request={
            "multipart/form-data": {
                "type": "object",
                "properties": {"file": {"type": "string", "format": "binary", "minLength": 1}},
                "required": ["file"],
                "additionalProperties": False,
            },
            "application/octet-stream": {"type": "string", "format": "binary", "minLength": 1},
        },
        responses={
            200: OpenApiResponse(ReceiptSerializer, "The upload that an earlier request with this key made."),
            202: OpenApiResponse(ReceiptSerializer, "The file was taken in and will be read; follow `links.self`."),
            **errors(400, 401, 403, 409, 413, 415, 422),
        },
    )
    def post(self, request: Request) -> Response:
        """A claims CSV, Excel workbook, FHIR, X12 835, 837, 999, 277CA or 278, or an archive; known by its content."""
        if content_length(request) > settings.UPLOAD_MAX_BYTES + _AROUND_THE_FILE:
            raise services.too_large()
        with idempotency.once(self.actor.organization_id, request.headers.get("Idempotency-Key", "")) as hold:
            body = cast(dict[str, ArrivingFile], request.data)
            if "file" not in body:
                raise ServiceError(ErrorCode.REQUIRED, "Send a file, and its length in Content-Length.", field="file")
            arriving = body["file"]
            if hold.made_id is not None:
                return self._again(hold, hold.made_id, arriving)
            upload = services.receive_upload(
                actor=self.actor,
                file_name=arriving.name,
                chunks=hold.renewed(arriving.pieces),
                registered=lambda upload: hold.settle(upload.pk, upload.sha256),
            )
        return self._receipt(upload, status=202)

    def _again(self, hold: idempotency.Hold, made_id: UUID, arriving: ArrivingFile) -> Response:
        digest = sha256()
        for piece in arriving.pieces:
            digest.update(piece)
        if digest.hexdigest() != hold.body_digest:
            raise ServiceError(
                ErrorCode.DUPLICATE,
                "This Idempotency-Key came with another file before. Give each file a key of its own.",
                field="Idempotency-Key",
            )
        response = self._receipt(_uploads(self.actor).get(pk=made_id), status=200)
        response["Idempotency-Replayed"] = "true"
        return response

    def _receipt(self, upload: Upload, *, status: int) -> Response:
        receipt = ReceiptSerializer(upload).data
        return Response(receipt, status=status, headers={"Location": receipt["links"]["self"]})


class UploadView(RestView):
    permissions = {"GET": Permission.UPLOADS_READ}

    @extend_schema(
        operation_id="uploads_retrieve",
        summary="Follow an upload",
        tags=["uploads"],
        parameters=[RETRY_AFTER],
        responses={200: UploadSerializer, **errors(401, 403, 404)},
    )
    def get(self, request: Request, upload_id: UUID) -> Response:
        """How far the reading of a file has come, and what came of it."""
        upload = _uploads(self.actor).filter(pk=upload_id).first()
        if upload is None:
            raise not_found("upload")
        return Response(UploadSerializer(upload, context={"actor": self.actor}).data)
