"""Bodies of requests: small JSON, and a file that is handed on while it arrives, kept neither in memory nor on disk."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import unquote

import orjson
from django.utils.http import parse_header_parameters
from multipart import MultipartError, MultipartSegment, PushMultipartParser
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from upstream.core.errors import ErrorCode, ServiceError

PIECE = 1 << 18
# Every JSON body of this surface is a handful of short texts.
LARGEST_JSON = 1 << 16
# A body whose signature is checked before anything else is held whole.
LARGEST_SIGNED = 16 << 20


class JsonParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        """Raises TOO_LARGE, INVALID for what is not JSON."""
        body = stream.read(LARGEST_JSON + 1)
        if len(body) > LARGEST_JSON:
            raise ServiceError(ErrorCode.TOO_LARGE, f"The body is larger than {LARGEST_JSON // 1024} kB.")
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ServiceError(ErrorCode.INVALID, "The body is not JSON.") from error


@dataclass(frozen=True, slots=True)
class ArrivingFile:
    """A file on its way in. Its pieces can be taken once, and raise INVALID where it breaks off."""

    name: str
    pieces: Iterator[bytes]


class RawFileParser(BaseParser):
    """The body is the file; the header `X-File-Name` names it, percent-encoded where it is not ASCII."""

    media_type = "application/octet-stream"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None
    ) -> Mapping[str, ArrivingFile]:
        """`{"file": …}`. Raises REQUIRED without the file's name."""
        request = parser_context["request"]
        name = unquote(request.headers.get("X-File-Name", ""))
        if not name.strip():
            raise ServiceError(ErrorCode.REQUIRED, "Name the file in the header X-File-Name.", field="X-File-Name")
        return {"file": ArrivingFile(name, _pieces(stream, content_length(request)))}


class FormFileParser(BaseParser):
    """The body is a form with one part, the file."""

    media_type = "multipart/form-data"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None
    ) -> Mapping[str, ArrivingFile]:
        """`{"file": …}`. Raises INVALID where the form does not begin with that part."""
        boundary = parse_header_parameters(media_type or "")[1].get("boundary", "")
        events = _events(boundary, _pieces(stream, content_length(parser_context["request"])))
        part = next(events, None)
        if not isinstance(part, MultipartSegment) or part.name != "file":
            raise ServiceError(ErrorCode.INVALID, "Send the file as the form's one part, named file.", field="file")
        return {"file": ArrivingFile(part.filename or "", (piece for piece in events if isinstance(piece, bytes)))}


class PartParser(BaseParser):
    """The body is a part of a file, by the tus protocol."""

    media_type = "application/offset+octet-stream"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None
    ) -> Mapping[str, Iterator[bytes]]:
        """`{"part": …}`: pieces that can be taken once, and raise INVALID where they break off."""
        return {"part": _pieces(stream, content_length(parser_context["request"]))}


class WholeParser(BaseParser):
    """The body's bytes as they came, for a signature over them."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None
    ) -> Mapping[str, bytes]:
        """`{"body": …}`. Raises TOO_LARGE."""
        if content_length(parser_context["request"]) > LARGEST_SIGNED:
            raise ServiceError(ErrorCode.TOO_LARGE, f"The body is larger than {LARGEST_SIGNED >> 20} MB.")
        return {"body": stream.read()}


class FhirParser(WholeParser):
    media_type = "application/fhir+json"


def content_length(request: Request) -> int:
    """Bytes of the body as the request says it; 0 where it does not. The server lets only numbers through."""
    return int(request.headers.get("Content-Length") or 0)


def _events(boundary: str, pieces: Iterator[bytes]) -> Iterator[MultipartSegment | bytes | None]:
    try:
        with PushMultipartParser(boundary, max_segment_count=1) as parser:
            for piece in pieces:
                yield from parser.parse(piece)
    except MultipartError as error:
        raise ServiceError(
            ErrorCode.INVALID, "The form is not whole, or has more than the one part named file.", field="file"
        ) from error


def _pieces(stream: IO[bytes], length: int) -> Iterator[bytes]:
    missing = length
    while missing:
        piece = stream.read(min(PIECE, missing))
        if not piece:
            raise ServiceError(ErrorCode.INVALID, "The file broke off on its way. Send it again.", field="file")
        missing -= len(piece)
        yield piece
