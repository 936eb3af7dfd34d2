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
    (folder / "empty.csv").touch()

    def refused_meanwhile() -> bool:
        with (folder / "growing.csv").open("ab") as growing:
            growing.write(CSV)
        return (folder / "failed/empty.csv.txt").exists()

    wait_until(refused_meanwhile, seconds=60, what="refusing the empty file")
    assert not Upload.unscoped.exists()
    whole = (folder / "growing.csv").read_bytes()
    os.rename(folder / "march.csv.part", folder / "renamed.csv")
    for name in ("renamed", "growing"):
        wait_until((folder / f"done/{name}.csv").exists, seconds=60, what=f"taking the {name} file")
    assert process.stop() == 0
    taken = {"done/renamed.csv", "done/growing.csv", "failed/empty.csv", "failed/empty.csv.txt"}
    assert below(folder) == (left - {"march.csv.part"}) | taken
    assert (folder / "failed/empty.csv.txt").read_text() == "The file is empty.\n"
    for name, sent in (("renamed.csv", CSV), ("growing.csv", whole)):
        (upload,) = [each for each in Upload.objects.for_organization(organization) if each.file_name == name]
        assert b"".join(files.read(upload.stored_name)) == sent
    assert "Hollowell" not in (tmp_path / "watch.log").read_text()


def test_the_same_file_again_is_not_read_again(watched: Callable[..., Process], tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for _ in range(2):
        (folder / "march.csv").write_bytes(CSV)
        assert watched("--once").popen.wait(60) == 0
    assert below(folder) == {"done/march.csv", "done/march (2).csv"}
    first, second = Upload.unscoped.order_by("id")
    assert second.duplicate_of_id == first.pk
