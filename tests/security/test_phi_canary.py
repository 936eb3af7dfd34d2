"""A patient's values go in by every way there is; then everything the system wrote is searched for them.

They may stand in encrypted columns and sealed files, which show nothing of them, and in the answers that are meant to
carry them. What else is let through, and why:

- claim control numbers, trace numbers, authorization numbers and claim amounts are no PHI here (product.md: PHI is what
  names a person, and stands on `Patient`);
- notes that people write about alerts and known events are their own words; nothing of a file is written there;
- names of columns are repeated where a row is surely a header (three known names or more), and the types of FHIR
  resources where they are written like one;
- the caller's own X-Request-Id is kept as it comes, in logs and audit events: a correlation number of the caller's.
"""

import io
import json
import socket
import time
import zipfile
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pypdf
import pytest
import redis
from alerts.made_signals import alert as made_alert
from alerts.made_signals import signal as made_signal
from api.rest import new_key
from api.test_rest_webhooks import now, signed
from cryptography.fernet import Fernet
from django.conf import LazySettings, settings
from django.db import transaction
from schema_walk import operation, root_fields
from security.canary import faults, files
from security.canary.patient import PATIENT, found_in
from security.canary.places import Written, until
from security.canary.system import Person, System

from upstream.accounts.models import Organization
from upstream.accounts.roles import Role
from upstream.claims.models import Claim, Patient
from upstream.core import jobs
from upstream.core.actor import Actor
from upstream.core.models import Job, JobState
from upstream.intake import webhooks
from upstream.intake.models import RowError, Upload
from upstream.phi.files import MAGIC

pytestmark = [pytest.mark.timeout(400), pytest.mark.once]

NAME, MEMBER = PATIENT.name, PATIENT.member_number
TABLE = "query ($id: ID!) { uploadTable(id: $id) { columns { name samples } rows { claimId } findings { message } } }"
MAP = """mutation ($id: ID!, $mapping: SourceMappingInput!) {
  mapUpload(id: $id, mapping: $mapping) { errors { message } }
}"""
ROWS = """query ($id: ID!) {
  upload(id: $id) { quarantineUrl rowErrors(first: 100) { items { id message field code } } }
}"""
ROW = "query ($id: ID!) { rejectedRow(id: $id) { cells { name text faults } hindrance } }"
MEND = "mutation ($id: ID!, $cells: [String!]!) { mendRow(id: $id, cells: $cells) { mended errors { field message } } }"
EXPORT = """mutation ($input: CreateExportInput!) {
  createExport(input: $input) { export { id title fileName } errors { message } }
}"""
EXPORTED = "query ($id: ID!) { export(id: $id) { kind fileName downloadUrl job { error { message } } } }"
BACKTEST = """mutation ($input: RequestBacktestInput!) {
  requestBacktest(input: $input) { job { id } errors { message } }
}"""
UPLOADS = """{ uploads(first: 100) { items {
  %s kind findings { message } job { progressLabel error { message } }
  quality { reasons { reason rows } payers { name } }
} } }"""


@pytest.fixture(params=["polling", pytest.param("celery", marks=pytest.mark.redis)])
def system(
    request: pytest.FixtureRequest, transactional_db: None, tmp_path: Path, settings: LazySettings
) -> Iterator[System]:
    celery = request.param == "celery"
    if not celery:
        settings.REDIS_URL = ""
    made = System(tmp_path, settings, celery=celery)
    try:
        yield made.start()
    finally:
        made.close()


def test_nothing_of_a_patient_is_written_but_encrypted(
    system: System, organization: Organization, member: Callable[..., Actor]
) -> None:
    owner_actor, analyst_actor = member(Role.OWNER), member(Role.ANALYST)
    owner, analyst = Person(system, owner_actor), Person(system, analyst_actor)
    sent = send_files(system, owner, owner_actor, organization)
    system.settled()
    map_and_mend(owner, sent)
    system.settled()
    ask_everything(owner, analyst)
    judge_and_export(system, owner, analyst, organization)
    provoke(system, owner, owner_actor)
    system.settled()
    take_back(owner, sent)
    system.settled()
    break_a_job(system, organization)
    rotate(system)
    if system.listening:
        system.written.passing["redis: what was said to it"] = system.listening.stop()
    system.close()
    was_there(system, organization)
    assert system.written.leaks() == []


def send_files(system: System, owner: Person, actor: Actor, organization: Organization) -> dict[str, str]:
    """Each file by another of the ways in, the first ones by the graph; returns ids of uploads by file name."""
    made, sent = files.uploads(), {}
    key = {"Authorization": f"Api-Key {new_key(actor)}"}
    for number, (name, content) in enumerate(made.items()):
        if number % 3 == 0 or name in {"faulty.csv", "good.csv", "headerless.csv"}:
            sent[name] = owner.uploads(name, content)
        elif number % 3 == 1:
            headers = {**key, "Idempotency-Key": f"{NAME} {number}", "X-File-Name": quote(name)}
            headers["Content-Type"] = "application/octet-stream"
            sent[name] = system.ask("POST", "/api/v1/uploads/", data=content, headers=headers).json()["id"]
        else:
            sent[name] = in_parts(system, key, name, content)
    in_parts(system, key, f"{NAME}.csv", files.written(files.rows({}, prefix="IP")), end=False)
    webhook, secret = webhooks.create_webhook(actor=actor, name="EHR")
    for body in (files.bundle("WH"), files.faulty_fhir()[:-50], json.dumps({"resourceType": NAME}).encode()):
        headers = {"X-Upstream-Signature": signed(secret, body, now()), "Content-Type": "application/fhir+json"}
        system.ask("POST", f"/api/v1/webhooks/fhir/{webhook.pk}/", data=body, headers=headers)
    system.ask("POST", f"/api/v1/webhooks/fhir/{webhook.pk}/", data=files.bundle("WH"), headers=headers)
    watched = system.folders["watched"]
    (watched / f"{PATIENT.backwards}.csv").write_bytes(files.written(files.rows({}, {"payer": ""}, prefix="WF")))
    (watched / f"{NAME}.csv").write_bytes(b"")
    watch = ["watch", str(watched), "--organization", organization.slug, "--once"]
    assert system.run("watch", "backend/manage.py", *watch).popen.wait(60) == 0
    for path in watched.glob("failed/*.txt"):
        assert not found_in(path.read_bytes())
    return sent


def in_parts(system: System, key: dict[str, str], name: str, content: bytes, *, end: bool = True) -> str:
    """By the tus protocol; the connection is lost in the middle."""
    from base64 import b64encode

    told = {
        **key,
        "Upload-Length": str(len(content)),
        "Upload-Metadata": f"filename {b64encode(name.encode()).decode()}",
    }
    address = system.ask("POST", "/api/v1/uploads/resumable/", headers=told).headers["Location"]
    half = len(content) // 2
    head = {**key, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream", "Host": "127.0.0.1"}
    with socket.create_connection(("127.0.0.1", system.port)) as connection:
        lines = [f"PATCH {address} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
        connection.sendall("\r\n".join([*lines, f"Content-Length: {len(content)}", "", ""]).encode() + content[:half])
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(10)
        try:
            while connection.recv(4096):
                pass
        except OSError:
            pass
    if not end:
        return ""
    stands = 0
    for _ in range(50):
        stands = int(system.ask("HEAD", address, headers=key).headers["Upload-Offset"])
        headers = {**head, "Upload-Offset": str(stands)}
        if system.ask("PATCH", address, headers=headers, data=content[stands:]).status_code == 204:
            break
        time.sleep(0.1)
    return system.ask("GET", address, headers=key).json()["upload"]["id"]


def map_and_mend(owner: Person, sent: dict[str, str]) -> None:
    """A person maps tables whose header is a patient's row, opens a rejected row, tries to mend it and mends it."""
    columns = [column if column not in {"street", "remark"} else "" for column in files.COLUMNS]
    for name in ("headerless.csv", "unknown_names.csv"):
        owner(TABLE, meant=True, id=sent[name])
        answer = owner(MAP, id=sent[name], mapping={"columns": columns})
        assert answer["data"]["mapUpload"]["errors"] == [], answer
    owner(MAP, id=sent["unused.csv"], mapping={"columns": [NAME, MEMBER]})
    rows = owner(ROWS, id=sent["faulty.csv"])
    upload = rows["data"]["upload"]
    file = owner.system.ask("GET", path_of(upload["quarantineUrl"]), meant=True)
    assert found_in(file.content), "the rejected rows are handed out to who may read them"
    row = upload["rowErrors"]["items"][0]["id"]
    cells = owner(ROW, meant=True, id=row)
    told = [cell["text"] for cell in cells["data"]["rejectedRow"]["cells"]]
    assert found_in(json.dumps(told).encode())
    assert not found_in(json.dumps([cell["faults"] for cell in cells["data"]["rejectedRow"]["cells"]]).encode())
    owner(MEND, id=row, cells=[NAME] * len(told))
    good = files.rows({}, prefix="MR")[0]
    assert owner(MEND, id=row, cells=good)["data"]["mendRow"]["mended"] == 1
    again = files.written(files.rows({"payer": "Aster Health"}, {"billed_amount": MEMBER}, prefix="FC"))
    owner.uploads("repaired.csv", again)


def path_of(address: str) -> str:
    return "/downloads/" + address.split("/downloads/")[1]


# What an owner is told of patients: their names, rejected rows, tables, and how files are called.
CARRIES = {"uploadTable", "rejectedRow", "claims", "claim", "upload", "uploads", "intakeSources", "sourceMappings"}


def ask_everything(owner: Person, analyst: Person) -> None:
    """Every query with everything it selects, as an owner and as an analyst, who may see nothing of a patient."""
    owner(
        "{ claims(first: 5) { items { patient(reason: PAYMENT) { name birthDate memberNumber reference } } } }",
        meant=True,
    )
    ids = {"id": str(Upload.unscoped.order_by("pk").first().pk)}
    claim = {"id": str(Claim.unscoped.exclude(patient=None).first().pk)}
    row = {"id": str(RowError.unscoped.first().pk)}
    for name, field in root_fields("query"):
        chosen = {"claim": claim, "rejectedRow": row}.get(name, ids)
        query, variables = operation("query", name, field, chosen)
        analyst(query, **variables)
        owner(query, meant=name in CARRIES, **variables)
    owner(UPLOADS % "")
    analyst(UPLOADS % "fileName")


def judge_and_export(system: System, owner: Person, analyst: Person, organization: Organization) -> None:
    """Detection, a backtest, an alert, and every kind of export with and without PHI."""
    owner("mutation { runDetection { job { id } errors { message } } }")
    days = {"from": "2026-01-01", "to": "2026-03-01"}
    owner(BACKTEST, input=days)
    # A run that is under way would open an alert for the signal that is made here.
    system.settled()
    claim = Claim.unscoped.exclude(patient=None).filter(outcome="DENIED").first()
    signal = made_signal(
        organization,
        of=claim.payer.name,
        change_date=claim.decided_date.replace(day=1),
        data_through=claim.decided_date,
    )
    alert = made_alert(organization, signal)
    made: dict[str, tuple[Person, bool]] = {}
    for kind, more in (("ALERT_PDF", {"alertId": str(alert.pk)}), ("CLAIMS_XLSX", {}), ("ALERTS_XLSX", {})):
        for person, phi in ((owner, True), (owner, False), (analyst, False)):
            if kind == "ALERTS_XLSX" and phi:
                continue
            answer = person(EXPORT, input={"kind": kind, "includePhi": phi, **more})
            made[answer["data"]["createExport"]["export"]["id"]] = (person, phi)
    system.settled()
    told = set()
    for number, (export, (person, phi)) in enumerate(made.items()):
        answer = person(EXPORTED, id=export)
        found = answer["data"]["export"]
        assert found["downloadUrl"], answer
        file = system.ask("GET", path_of(found["downloadUrl"]), meant=True)
        text = text_of(file.content)
        if phi:
            told |= {found["kind"]} if found_in(text) else set()
        else:
            system.written.answers.append(
                (f"export {number} {found['kind']} without PHI", text + repr(file.headers).encode())
            )
    assert "CLAIMS_XLSX" in told, "an export with PHI has it"


def text_of(content: bytes) -> bytes:
    """All that a workbook or a PDF says."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return b"\n".join(book.read(name) for name in book.namelist())
    reader = pypdf.PdfReader(io.BytesIO(content))
    return "\n".join([*(page.extract_text() for page in reader.pages), repr(reader.metadata)]).encode() + content


def wrong_queries() -> Iterator[tuple[str, dict[str, Any]]]:
    """Operations with the values where others belong: in variables, and written into the query."""
    for value in (NAME, {"name": NAME}):
        yield "query ($id: ID!) { upload(id: $id) { id } }", {"id": value}
    yield "query ($first: Int!) { uploads(first: $first) { items { id } } }", {"first": NAME}
    yield "query ($after: String) { uploads(after: $after) { items { id } } }", {"after": NAME}
    for wrong in (
        {"submittedFrom": NAME}, {"outcome": [NAME, MEMBER]}, {"payerId": NAME}, {MEMBER: PATIENT.birth_date},
        {"controlNumber": NAME},
    ):  # fmt: skip
        yield "query ($filter: ClaimFilter) { claims(filter: $filter) { items { id } } }", {"filter": wrong}
    for field, type_, given in (
        ("judgeAlert", "JudgeAlertInput!", {"alertId": NAME, "verdict": "REAL", "recoveredAmount": MEMBER}),
        ("judgeAlert", "JudgeAlertInput!", {"alertId": NAME, "verdict": "REAL"}),
        ("signIn", "SignInInput!", {"email": f"{MEMBER}@example.org", "password": NAME}),
        ("requestBacktest", "RequestBacktestInput!", {"from": PATIENT.birth_date, "to": "1800-01-01"}),
        ("requestBacktest", "RequestBacktestInput!", {"from": NAME, "to": "1800-01-01", "smallestOdds": NAME}),
        ("createExport", "CreateExportInput!", {"kind": NAME}),
        ("createExport", "CreateExportInput!", {"kind": "CLAIMS_XLSX", "claimFilter": {"location": NAME * 9}}),
    ):
        yield f"mutation ($input: {type_}) {{ {field}(input: $input) {{ errors {{ message }} }} }}", {"input": given}
    snooze = "mutation ($id: ID!, $until: Date!) { snoozeAlert(id: $id, until: $until) { errors { message } } }"
    yield snooze, {"id": MEMBER, "until": NAME}
    for field in ("payers", "alerts"):
        query = f"query ($search: String) {{ {field}(filter: {{search: $search}}) {{ totalCount }} }}"
        yield query, {"search": NAME}
    for arguments in (
        f'filter: {{submittedFrom: "{NAME}"}}', f'filter: {{outcome: "{NAME}"}}', f'first: "{MEMBER}"',
        f"filter: {{outcome: {MEMBER}}}", f'filter: "{NAME}"', f'first: 5, after: """{NAME}',
    ):  # fmt: skip
        yield f"{{ claims({arguments}) {{ items {{ id }} }} }}", {}
    yield f'{{ upload(id: "{NAME}") {{ id }} }}', {}
    yield f'query {{ uploads "{NAME}" }}', {}
    yield PATIENT.family, {}
    yield "{ payerSuggestions { __typename } }", {}
    yield f"{{ {PATIENT.family}: payerSuggestions {{ __typename }} }}", {}


def provoke(system: System, owner: Person, actor: Actor) -> None:
    """Requests that are wrong in every way, with the values in them; resolvers and views that break."""
    for query, variables in wrong_queries():
        # The graph's protocol gives fields the names that the caller gave them.
        owner(query, meant=f"{PATIENT.family}:" in query, **variables)
    for body in (
        f'{{"query": {NAME}'.encode(),
        json.dumps(NAME).encode(),
        f'{{"query": 5, "variables": "{NAME}"}}'.encode(),
        NAME.encode("utf-16"),
    ):
        system.ask("POST", "/graphql/", data=body, headers={**owner.headers, "Content-Type": "application/json"})
    system.ask("POST", "/graphql/", data={"operations": NAME, "map": MEMBER}, headers=owner.headers)
    system.ask("GET", f"/graphql/?query={quote(NAME)}", headers=owner.headers)
    assert owner.uploads(faults.BREAKING_NAME, b"payer\n") == ""
    key = {"Authorization": f"Api-Key {new_key(actor)}"}
    raw = {**key, "Content-Type": "application/octet-stream", "Idempotency-Key": MEMBER}
    broken = system.ask("POST", "/api/v1/uploads/", data=b"payer", headers={**raw, "X-File-Name": faults.BREAKING_NAME})
    assert broken.status_code == 500
    for method, path, given in (
        ("GET", f"/api/v1/uploads/{quote(NAME)}/", {"headers": key}),
        ("GET", f"/api/v1/patients/{quote(NAME)}?dob={PATIENT.birth_date}", {"headers": key}),
        ("GET", f"/api/v1/uploads/?after={quote(NAME)}", {"headers": key}),
        ("GET", f"/api/v1/uploads/?first={MEMBER}", {"headers": key}),
        ("POST", "/api/v1/uploads/", {"headers": {**raw, "X-File-Name": quote(NAME)}, "data": b""}),
        ("POST", "/api/v1/uploads/", {"headers": {**key, "Idempotency-Key": NAME}, "files": {NAME: (NAME, NAME)}}),
        ("POST", "/api/v1/uploads/resumable/", {"headers": {**key, "Upload-Length": MEMBER}}),
        ("POST", "/api/v1/uploads/resumable/", {"headers": {**key, "Upload-Length": "5", "Upload-Metadata": NAME}}),
        ("POST", "/api/v1/auth/token/", {"json": {"email": NAME, "password": MEMBER}}),
        ("POST", "/api/v1/auth/token/", {"json": {"email": "a@b.org", "password": NAME, "organization_id": MEMBER}}),
        ("POST", "/api/v1/auth/token/", {"json": {"email": f"{MEMBER}@example.org", "password": NAME}}),
        ("POST", "/api/v1/auth/token/verify/", {"json": {"token": NAME}}),
        ("POST", "/api/v1/auth/token/refresh/", {"json": {"refresh": [NAME]}}),
        ("POST", "/api/v1/auth/token/", {"data": NAME, "headers": {"Content-Type": "application/json"}}),
        ("DELETE", f"/api/v1/uploads/{MEMBER}/", {"headers": key}),
        ("GET", "/api/v1/uploads/", {"headers": {"Authorization": f"Bearer {NAME}"}}),
        ("GET", f"/downloads/{quote(NAME)}/", {}),
        ("GET", f"/patients/{quote(NAME)}/", {}),
        ("GET", f"/{MEMBER}", {}),
        ("GET", "/health/ready", {"headers": {"Host": f"{MEMBER}.example.org"}}),
    ):  # fmt: skip
        system.ask(method, path, **given)


def take_back(owner: Person, sent: dict[str, str]) -> None:
    for name in ("good.csv", "faulty.csv", "paid.835", "bundle.json"):
        answer = owner("mutation ($id: ID!) { undoUpload(id: $id) { errors { message } } }", id=sent[name])
        assert answer["data"]["undoUpload"]["errors"] == [], answer


def break_a_job(system: System, organization: Organization) -> None:
    # At once: a worker that is quick would else try it three times.
    with transaction.atomic():
        job = jobs.enqueue(organization_id=organization.pk, kind=faults.BREAKS, parameters={})
        Job.unscoped.filter(pk=job.pk).update(max_attempts=1)
    until(
        lambda: Job.unscoped.filter(pk=job.pk, state=JobState.FAILED).exists(),
        seconds=60,
        what=lambda: system.logs()[-3000:],
    )


def rotate(system: System) -> None:
    ring = ",".join([Fernet.generate_key().decode(), *settings.FIELD_ENCRYPTION_KEY])
    process = system.run("rotate", "backend/manage.py", "rotate_keys", FIELD_ENCRYPTION_KEY=ring)
    assert process.popen.wait(120) == 0, process.output.read_text()[-3000:]


def was_there(system: System, organization: Organization) -> None:
    """What was to be written was written: the search looked at something."""
    assert Patient.objects.for_organization(organization).count() >= 3
    assert RowError.objects.for_organization(organization).count() >= 20
    stored = [path for path in system.written.media.rglob("*") if path.is_file()]
    assert len(stored) >= 20
    for path in stored:
        assert path.read_bytes()[:4] == MAGIC, "stored files are sealed"
    logs = system.logs()
    assert "ValueError" in logs and "canary.breaks broke" in logs and '"level": "DEBUG"' in logs
    sent = (system.folders["sentry"] / "envelopes").read_text()
    assert sent.count('"event_id"') >= 4 and "(message withheld)" in sent
    assert system.watching.looked > 0, "temporary files were seen"
    if system.listening:
        assert any("run_job" in said for said in system.listening.said)


# The search finds what is there.


@pytest.mark.parametrize("text", [NAME, NAME.upper(), PATIENT.backwards, "July 23, 1931", quote(NAME), MEMBER.lower()])
def test_values_are_found_however_they_are_written(text: str) -> None:
    for written in (text.encode(), text.encode("utf-16"), text.encode().hex().encode()):
        assert found_in(b"before " + written + b" behind")
    for before in ("", "a", "ab", "abc"):
        assert found_in(b64encode(f"{before}{text} behind".encode()))
        assert found_in(urlsafe_b64encode(f"{before}{text}".encode()))
    assert not found_in(b"Zephyr, feather, 1931-07-22")


def test_a_leak_is_found_wherever_it_lies(
    transactional_db: None, tmp_path: Path, settings: LazySettings, organization: Organization, owner: Actor
) -> None:
    media, logs = tmp_path / "media", tmp_path / "logs"
    for folder in (media, logs):
        folder.mkdir()
    written = Written(media, {"logs": logs}, settings.REDIS_URL)
    if settings.REDIS_URL:
        redis.Redis.from_url(settings.REDIS_URL).flushdb()
    assert written.leaks() == []
    (media / "stored").write_bytes(NAME.encode())
    (media / f"{MEMBER}.csv").write_bytes(MAGIC)
    (logs / "api.log").write_text(json.dumps({"message": PATIENT.backwards.upper()}))
    written.answers.append(("GET /somewhere", PATIENT.note.encode()))
    written.passing["temporary file"] = PATIENT.street.encode()
    Job.unscoped.create(
        organization=organization, kind="k", parameters={"a": [MEMBER]}, progress_label=f"Reading {NAME}"
    )
    expected = {
        "media: stored: family name, given name",
        "media: a file's name: member number",
        "logs: api.log: family name, given name",
        "answer: GET /somewhere: free text",
        "temporary file: address",
        "table: core_job.parameters: member number",
        "table: core_job.progress_label: family name, given name",
    }
    if settings.REDIS_URL:
        redis.Redis.from_url(settings.REDIS_URL).set("k", PATIENT.birth_date)
        expected.add("redis: a value: birth date")
    assert set(written.leaks()) == expected
    assert not any(found_in(line.encode()) for line in written.leaks())


def test_a_leak_on_the_way_of_a_file_is_found(
    transactional_db: None, tmp_path: Path, settings: LazySettings, organization: Organization, owner: Actor
) -> None:
    settings.REDIS_URL = ""
    system = System(tmp_path, settings, celery=False, CANARY_LEAK="yes")
    try:
        Person(system.start(), owner).uploads("good.csv", files.written(files.rows({}, prefix="L")))
        system.settled()
    finally:
        system.close()
    places = {leak.split(":")[0] + ":" + leak.split(":")[1] for leak in system.written.leaks()}
    assert {"logs: worker.log", "sentry: envelopes", "table: core_job.result"} <= places
    assert any(place.startswith("mail:") for place in places)
