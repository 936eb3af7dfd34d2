"""The process that lays out the PDF: what it gets, and that its failures stay its own."""

from pathlib import Path

import pytest

from upstream.core import worker
from upstream.reports.pdf import renderer


def test_the_press_gets_no_secrets_and_no_way_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A document that refers to a file, and an environment with keys: neither reaches the process that lays out."""
    secret = tmp_path / "secret.css"
    secret.write_text("body { color: red }")
    with pytest.raises(renderer.RenderingFailed) as caught:
        renderer.pdf_of(
            f'<html lang="en"><title>x</title><link rel="stylesheet" href="file://{secret}"><p>x', alive=lambda: None
        )
    assert "FatalURLFetchingError" in str(caught.value)
    assert str(secret) not in str(caught.value)
    spy = tmp_path / "spy.py"
    spy.write_text("import os, sys\nsys.stderr.write(' '.join(sorted(os.environ)))\nsys.exit(3)")
    monkeypatch.setattr(renderer, "PRESS", spy)
    monkeypatch.setenv("SECRET_KEY", "canary")
    monkeypatch.setenv("DATABASE_URL", "canary")
    with pytest.raises(renderer.RenderingFailed) as caught:
        renderer.pdf_of("<p>", alive=lambda: None)
    named = set(str(caught.value).partition("ended with 3:")[2].split())
    assert named <= {*renderer.PASSED_ON, "LC_CTYPE"}


def test_a_layout_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    endless = tmp_path / "endless.py"
    endless.write_text("import time\ntime.sleep(60)")
    monkeypatch.setattr(renderer, "PRESS", endless)
    monkeypatch.setattr(renderer, "SECONDS", 0.5)
    asked = []
    with pytest.raises(renderer.RenderingFailed, match="not ready"):
        renderer.pdf_of("<p>", alive=lambda: asked.append(True))
    assert asked


def test_a_cancelled_layout_ends_its_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    started = tmp_path / "pid"
    endless = tmp_path / "endless.py"
    endless.write_text(f"import os, time\nopen({str(started)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)")
    monkeypatch.setattr(renderer, "PRESS", endless)

    def alive() -> None:
        if started.exists() and started.read_text():
            raise worker.LeaseLost

    with pytest.raises(worker.LeaseLost):
        renderer.pdf_of("<p>", alive=alive)
    assert not Path(f"/proc/{started.read_text()}").exists()


def test_a_layout_that_eats_memory_ends_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    greedy = tmp_path / "greedy.py"
    source = renderer.PRESS.read_text().replace("MEMORY_BYTES = 2 * 1024**3", "MEMORY_BYTES = 64 * 1024**2")
    greedy.write_text(source)
    monkeypatch.setattr(renderer, "PRESS", greedy)
    with pytest.raises(renderer.RenderingFailed):
        renderer.pdf_of('<html lang="en"><title>x</title><p>x', alive=lambda: None)
