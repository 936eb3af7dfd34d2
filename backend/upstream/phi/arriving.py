"""Files of a form: Django would put them on the disk as they come; here they lie there encrypted."""

import tempfile
from typing import Any, cast

from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from upstream.phi.files import PlainFile, Seal


class _Sealed(PlainFile):
    def close(self) -> None:
        self._source.close()
        super().close()


class SealedUploadHandler(FileUploadHandler):
    """Seals each file into a temporary one without a name, gone with the request, and hands on what opens it."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._sealed = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the request
        self._seal = Seal(self._sealed)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._seal.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:
        self._seal.end()
        self._sealed.seek(0)
        plain = cast("File[bytes]", _Sealed(self._sealed))
        return UploadedFile(plain, self.file_name, self.content_type, file_size, self.charset)

    def upload_interrupted(self) -> None:
        if hasattr(self, "_sealed"):
            self._sealed.close()
