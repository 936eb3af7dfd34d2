"""The watched folder, with a real process: whole files are taken in once, and moved to where they belong."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support import Process, wait_until

from upstream.accounts.models import Organization
from upstream.intake.models import Upload
from upstream.phi import files

CSV = b"""claim_id,payer,procedure_code,submitted_date,outcome,patient_name
C1,Aster,99213,2026-03-02,pending,Wren Hollowell
"""


@pytest.fixture
def watched(transactional_db: None, organization: Organization, tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Starts `manage.py watch` on the folder `in`."""
    folder, started = tmp_path / "in", []
    folder.mkdir()

    def start(*more: str) -> Process:
        arguments = ["backend/manage.py", "watch", str(folder), "--organization", organization.slug, *more]
        started.append(Process(arguments, output=tmp_path / "watch.log"))
        return started[-1]

    yield start
    for process in started:
        process.kill()


def below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


def test_what_is_whole_is_taken_and_moved_and_the_rest_left_alone(
    watched: Callable[..., Process], organization: Organization, tmp_path: Path
) -> None:
    folder, outside = tmp_path / "in", tmp_path / "outside.csv"
    outside.write_bytes(CSV)
    (folder / "link.csv").symlink_to(outside)
    (folder / "below").mkdir()
    for name in ("march.csv.part", "~lock.csv", ".hidden", "below/a.csv"):
        (folder / name).write_bytes(CSV)
    left = below(folder)
    process = watched()
    wait_until(lambda: process.said("watch: ready"), seconds=60, what="watching")
    with (folder / "march.csv").open("wb") as growing:
        growing.write(CSV[:40])
        growing.flush()
        (folder / "empty.csv").touch()
        wait_until(lambda: (folder / "failed/empty.csv.txt").exists(), seconds=60, what="refusing the empty file")
        assert not Upload.unscoped.exists() or (folder / "done/march.csv").exists()
        growing.write(CSV[40:])
    os.rename(folder / "march.csv.part", folder / "renamed.csv")
    wait_until(lambda: (folder / "done/renamed.csv").exists(), seconds=60, what="taking the renamed file")
    assert process.stop() == 0
    assert below(folder) >= (left - {"march.csv.part"}) | {"done/renamed.csv", "failed/empty.csv"}
    assert (folder / "failed/empty.csv.txt").read_text() == "The file is empty.\n"
    upload = Upload.objects.for_organization(organization).get(file_name="renamed.csv")
    assert b"".join(files.read(upload.stored_name)) == CSV
    assert "Hollowell" not in (tmp_path / "watch.log").read_text()


def test_the_same_file_again_is_not_read_again(watched: Callable[..., Process], tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for _ in range(2):
        (folder / "march.csv").write_bytes(CSV)
        assert watched("--once").popen.wait(60) == 0
    assert below(folder) == {"done/march.csv", "done/march (2).csv"}
    first, second = Upload.unscoped.order_by("id")
    assert second.duplicate_of_id == first.pk
