"""A clinic of invented claims, handed in as one file and followed to its alerts."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]
SLUG, EMAIL, PASSWORD = "bench", "bench@example.com", "a long bench passphrase"


def upload_to_alerts(environment: dict[str, str], claims: int, *planted: str) -> tuple[float, float, dict[str, Any]]:
    """Seconds and peak MB of a worker process from the upload to its alerts, and what it found.

    planted: further arguments of `manage.py write_claims`.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "claims.csv"
        written = ["--claims", str(claims), "--seed", "7", "--out", str(file), *planted]
        subprocess.run(
            [sys.executable, "backend/manage.py", "write_claims", *written],
            cwd=ROOT,
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        worker = subprocess.Popen(
            [sys.executable, "backend/manage.py", "worker"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            return _follow(file, psutil.Process(worker.pid))
        finally:
            worker.terminate()
            worker.wait()


def access_token() -> str:
    """Of the clinic's owner, signed in anew."""
    from upstream.accounts import sessions
    from upstream.accounts.models import ClientKind

    return sessions.sign_in(email=EMAIL, password=PASSWORD, client=ClientKind.BEARER).access_token


def _follow(file: Path, worker: psutil.Process) -> tuple[float, float, dict[str, Any]]:
    from upstream.accounts import services as accounts
    from upstream.accounts import sessions
    from upstream.accounts.models import ClientKind, User
    from upstream.accounts.roles import Role
    from upstream.alerts.models import Alert
    from upstream.claims.models import Claim
    from upstream.core.models import Job, JobState
    from upstream.detection.models import DetectionRun
    from upstream.intake import services as intake

    organization = accounts.create_organization(name="Bench Clinic", slug=SLUG, is_demo=True)
    user = User.objects.create_user(email=EMAIL, password=PASSWORD, name="Bench")
    accounts.add_member(
        organization=organization, user=user, role=Role.OWNER, actor=accounts.system_actor(organization.pk)
    )
    issued = sessions.sign_in(email=EMAIL, password=PASSWORD, client=ClientKind.BEARER)
    actor = sessions.actor_of(issued.session)
    started, peak = time.monotonic(), 0.0
    with file.open("rb") as source:
        intake.receive_upload(actor=actor, file_name="claims.csv", chunks=iter(lambda: source.read(1 << 20), b""))
    while True:
        peak = max(peak, worker.memory_info().rss / 1e6)
        runs = Job.unscoped.filter(kind="detection.run", state=JobState.SUCCEEDED).count()
        failed = Job.unscoped.filter(state=JobState.FAILED).first()
        if failed:
            raise SystemExit(f"the job {failed.kind} failed: {failed.error_message}")
        if runs:
            break
        time.sleep(0.02)
    seconds = time.monotonic() - started
    found = {
        "token": issued.access_token,
        "organization": organization,
        "claims": Claim.objects.for_organization(organization).count(),
        "alerts": Alert.objects.for_organization(organization).count(),
        "detection": DetectionRun.objects.for_organization(organization).order_by("-id")[0].seconds,
    }
    return seconds, peak, found
