"""What goes wrong in the canary test, with the patient's values in messages, in local variables and in notes."""

import logging
import os
from typing import Any

import sentry_sdk
from django.core.mail import send_mail
from security.canary.patient import PATIENT
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from upstream.claims import schema as claims_schema
from upstream.core import jobs
from upstream.core.models import Job
from upstream.core.worker import JobRun
from upstream.intake import services
from upstream.ops.watching import start_sentry

BREAKS = "canary.breaks"
BREAKING_NAME = "breaks.csv"


class ToFile(Transport):
    def capture_envelope(self, envelope: Envelope) -> None:
        with open(os.environ["CANARY_SENTRY"], "ab") as file:
            file.write(envelope.serialize() + b"\n")


def fail(*_: Any, **__: Any) -> Any:
    """As the worst of libraries does: what it was at work on stands in the message, the notes and the cause."""
    patient = PATIENT
    try:
        raise KeyError(patient.name)
    except KeyError as cause:
        error = ValueError(f"could not read {patient!r}")
        error.add_note(f"of {patient.member_number}, born {patient.birth_date}")
        raise error from cause


@jobs.handles(BREAKS)
def breaks(job: Job, run: JobRun) -> dict[str, Any]:
    return fail()


def plant() -> None:
    """In the processes under test: the list of payers' suggestions breaks, and a file of one name."""
    start_sentry("https://key@sentry.example.org/1", transport=ToFile)
    logging.getLogger("upstream.canary").debug("faults are planted")
    claims_schema.suggested_pairs = fail
    register = services._register

    def registered(actor: Any, upload: Any) -> None:
        if upload.file_name == BREAKING_NAME:
            fail()
        register(actor, upload)

    services._register = registered
    if os.environ.get("CANARY_LEAK"):
        leak()


def leak() -> None:
    """What the test must find: the reading of a file told in a log line, to Sentry, by mail, and in the job's row."""
    read = jobs.handlers[services.UPLOAD_JOB]

    def telling(job: Job, run: JobRun) -> dict[str, Any]:
        logging.getLogger("upstream.leak").debug("read %s", PATIENT.name.upper())
        with sentry_sdk.isolation_scope():
            sentry_sdk.get_client().transport.capture_envelope(_envelope())
        send_mail("A file was read", PATIENT.member_number, None, ["director@example.org"])
        return {**(read(job, run) or {}), "of": PATIENT.backwards}

    jobs.handlers[services.UPLOAD_JOB] = telling


def _envelope() -> Envelope:
    envelope = Envelope()
    envelope.add_event({"message": PATIENT.birth_date})
    return envelope
