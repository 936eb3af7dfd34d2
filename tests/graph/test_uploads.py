"""Files sent to the graph lie on the disk encrypted while they wait to be taken in."""

import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from api.test_rest_streaming import plain_on_the_disk

from upstream.core.actor import Actor
from upstream.intake import services
from upstream.intake.models import Upload
from upstream.phi import files

UPLOAD = "mutation($file: Upload!) { uploadFile(file: $file) { upload { id } errors { message } } }"


def test_a_file_lies_nowhere_in_plain(
    graphql: Callable, owner: Actor, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MEDIA_ROOT = settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    content = b"C1,Aster Health,99213,Wren Hollowell\n" * 200_000
    plain: list[str] = []
    receive_upload = services.receive_upload

    def looked_at(**values: Any) -> Upload:
        plain.extend(plain_on_the_disk(tmp_path))
        return receive_upload(**values)

    monkeypatch.setattr(services, "receive_upload", looked_at)
    answer = graphql(owner).upload(UPLOAD, {"file": None}, {"variables.file": BytesIO(content)})
    assert answer["data"]["uploadFile"]["errors"] == [] and plain == []
    assert b"".join(files.read(Upload.unscoped.get().stored_name)) == content
