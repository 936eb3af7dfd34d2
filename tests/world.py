"""One of everything an organization can hold, with canary texts, for tests of permissions and of tenancy."""

import json
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from hashlib import sha256
from uuid import uuid4

from upstream.accounts.models import Invitation, Organization, ServiceKey, User
from upstream.accounts.roles import Role, Scope
from upstream.accounts.services import system_actor
from upstream.alerts.models import (
    Alert,
    AlertActivity,
    AlertDelivery,
    AlertSignal,
    AlertWebhook,
    Judgement,
    TakenBackEvidence,
    Verdict,
)
from upstream.audit import services as audit
from upstream.audit.models import ConfigurationChange
from upstream.claims import rollup
from upstream.claims.acknowledgements import AcknowledgementKind, Standing
from upstream.claims.models import (
    Adjustment,
    Authorization,
    Claim,
    ClaimAcknowledgement,
    ClaimLine,
    CodeText,
    LocationAlias,
    Outcome,
    Patient,
    Payer,
    PayerAlias,
    ReasonKind,
    ServiceGroup,
    ServiceGroupEdit,
    Submission,
    SubmissionAcknowledgement,
)
from upstream.core import clock
from upstream.core.actor import ActorKind
from upstream.core.models import Job, JobState
from upstream.detection.models import (
    DetectionRun,
    DetectionSettings,
    Direction,
    KnownEvent,
    KnownEventKind,
    Signal,
    SignalKind,
    StreamLevel,
)
from upstream.intake.csv_columns import Habits
from upstream.intake.csv_header import Header
from upstream.intake.csv_reading import TableReading
from upstream.intake.models import RowError, RowState, SourceMapping, Upload, UploadKind, UploadReading, Webhook
from upstream.phi import files
from upstream.queries.models import Frequency, QuerySchedule, SavedQuery
from upstream.reports.models import Export, ExportKind

DAY = date(2026, 3, 2)


TABLE_READING = TableReading(
    Header(
        1,
        ",",
        ("payer", "procedure_code", "submitted_date", "outcome"),
        range(4, 5),
        {"payer": 0, "procedure_code": 1, "submitted_date": 2, "outcome": 3},
        (),
    ),
    Habits(),
)


@dataclass(frozen=True)
class World:
    organization: Organization
    payer: Payer
    service_group: ServiceGroup
    patient: Patient
    claim: Claim
    upload: Upload
    signal: Signal
    alert: Alert
    export: Export
    job: Job
    event: KnownEvent
    backtest: Job
    key: ServiceKey
    webhook: Webhook
    alert_webhook: AlertWebhook
    row: RowError
    source_mapping: SourceMapping
    invitation: Invitation
    saved_query: SavedQuery

    def ids(self) -> dict[str, str]:
        """Ids by what they are ids of."""
        return {field.name: str(getattr(self, field.name).pk) for field in fields(self) if field.name != "organization"}


def make_world(organization: Organization, *, canary: str, person: User | None = None) -> World:
    """Rows of every kind whose texts carry `canary`, and files that can be downloaded."""

    def own(model, **values):
        return model.unscoped.create(organization=organization, **values)

    payer = own(Payer, name=f"{canary} Health", name_key=f"{canary} health".lower())
    # A payer of like name, as a suggestion.
    own(Payer, name=f"{canary} Health Inc", name_key=f"{canary} health inc".lower())
    own(PayerAlias, payer=payer, alias=f"{canary}-alias", alias_key=f"{canary}alias".lower())
    group = own(ServiceGroup, name=f"{canary} visits", position=1, ranges=[["99202", "99215"]])
    own(ServiceGroup, name=f"{canary} others", position=2)
    own(ServiceGroupEdit, before=[], summary=f"Codes of {canary} visits changed", edited_by=person)
    patient = own(
        Patient,
        name=f"{canary} Patient",
        birth_date=date(1980, 5, 6),
        member_number=f"{canary}-member",
        reference=f"{canary}-reference",
        identity_index=uuid4().hex,
    )
    table = f"payer,procedure_code,submitted_date,outcome\n{canary} Health,99213,2026-03-02,{canary} word\n"
    stored, size, digest = files.save(f"uploads/{uuid4().hex}", [table.encode()])
    finished = {"state": JobState.SUCCEEDED, "finished_at": clock.now()}
    source_mapping = own(
        SourceMapping,
        header_digest=sha256(canary.encode()).hexdigest(),
        column_names=json.dumps([f"{canary} ref", "Who"]),
        columns=["claim_id", ""],
        outcome_words={f"{canary} closed": "paid"},
        payer=f"{canary} Health",
        confirmed_by=person,
    )
    upload = own(
        Upload,
        file_name=f"{canary}.csv",
        source_mapping=source_mapping,
        stored_name=stored,
        size_bytes=size,
        sha256=digest,
        kind=UploadKind.CLAIMS_CSV,
        job=own(Job, kind="intake.upload", **finished),
        uploaded_by=person,
        rows_read=2,
        rows_quarantined=2,
        rows_mended=1,
        claims_created=1,
        billed_total=Decimal("120.00"),
        source=f"{canary} columns",
        report={
            "outcomes": {"DENIED": 1},
            "fields": {"denial_code": [0, 1], "location": [1, 1]},
            "payers": {f"{canary} Health": 1},
            "reasons": {"payer missing": 1},
            "days": {"decided": ["2026-03-11", "2026-03-11"]},
        },
        findings=[{"position": 1, "severity": "info", "code": "NOTE", "message": f"{canary} note"}],
    )
    own(UploadReading, upload=upload, reading=TABLE_READING.dumped())
    row = own(
        RowError,
        upload=upload,
        line_number=3,
        field="payer",
        code="REQUIRED",
        message=f"{canary} row",
        raw=f"{canary},x",
    )
    own(
        RowError,
        upload=upload,
        line_number=4,
        field="payer",
        code="REQUIRED",
        message=f"{canary} mended row",
        raw=f",{canary}",
        state=RowState.MENDED,
        mended_by=upload,
        tried_by=upload,
    )
    claim = own(
        Claim,
        claim_key=f"{canary}-1",
        control_number=f"{canary}-1",
        payer=payer,
        service_group=group,
        patient=patient,
        upload=upload,
        procedure_code="99213",
        outcome=Outcome.DENIED,
        service_date=DAY,
        submitted_date=DAY,
        decided_date=DAY + timedelta(days=9),
        billed_amount=Decimal("120.00"),
        paid_amount=Decimal("0.00"),
        denied_amount=Decimal("120.00"),
        denial_code="197",
        denial_category="authorization",
        remark_codes="N706",
        location=f"{canary} street",
        authorization_number=f"{canary}-auth",
        fingerprint="0" * 32,
    )
    own(LocationAlias, alias=f"{canary} street", name=f"{canary} avenue")
    # Names a location like the other one, as a suggestion.
    own(LocationAlias, alias=f"{canary} second", name=f"{canary} avenues")
    line = own(
        ClaimLine,
        claim=claim,
        number=1,
        procedure_code="99213",
        billed_amount=Decimal("120.00"),
        remark_codes="N706",
    )
    own(Adjustment, claim=claim, line=line, group_code="CO", reason_code="197", amount=Decimal("120.00"))
    own(Adjustment, claim=claim, group_code="CO", reason_code="45", amount=Decimal("1.00"))
    for kind, code in ((ReasonKind.CARC, "197"), (ReasonKind.RARC, "N706")):
        texts = CodeText.objects.for_organization(organization)
        texts.get_or_create(organization=organization, kind=kind, code=code, defaults={"text": f"{canary} {code}"})
    acknowledge(organization, upload, claim, canary)
    rollup.rebuild(organization.pk)
    DetectionSettings.unscoped.get_or_create(organization=organization)
    event = own(
        KnownEvent,
        payer=payer,
        service_group=group,
        kind=KnownEventKind.CONTRACT,
        title=f"{canary} contract",
        note=f"{canary} letter",
        first_day=DAY,
    )
    own(
        ConfigurationChange,
        at=datetime.combine(DAY, time(12), tzinfo=UTC),
        actor_kind=ActorKind.SYSTEM,
        action=ConfigurationChange.Action.UPDATE,
        target_type="service_group",
        target_id=str(group.pk),
        changes={"ranges": [[], [["99202", "99215"]]]},
    )
    run = own(DetectionRun, data_through=DAY + timedelta(days=30), streams_watched=2, signals_found=2)

    def signal_at(level: str, service_group: ServiceGroup | None) -> Signal:
        return own(
            Signal,
            run=run,
            kind=SignalKind.DENIAL_RATE,
            level=level,
            direction=Direction.WORSE,
            payer=payer,
            service_group=service_group,
            alarmed_on=DAY + timedelta(days=20),
            change_date=DAY,
            change_date_low=DAY - timedelta(days=2),
            change_date_high=DAY + timedelta(days=2),
            before=0.08,
            before_low=0.07,
            before_high=0.09,
            after=0.2,
            after_low=0.15,
            after_high=0.25,
            log_evidence=12.5,
            certainty=0.99,
            dollars_per_week=Decimal("1234.50"),
            claims_affected=17,
            data_through=DAY + timedelta(days=30),
            series=[
                {
                    "day": (DAY + timedelta(days=day)).isoformat(),
                    "count": 10,
                    "events": 2,
                    "expected": 0.8,
                    "rate": 0.2,
                    "baseline": 0.08,
                    "statistic": day / 2,
                    "threshold": 8.2,
                }
                for day in range(31)
            ],
            categories=[
                {
                    "category": "authorization",
                    "label": f"{canary} reason",
                    "before": 0.02,
                    "after": 0.14,
                    "claims": 12,
                    "share": 1.0,
                }
            ],
            parameters={
                "before_from": (DAY - timedelta(days=300)).isoformat(),
                "after_through": (DAY + timedelta(days=30)).isoformat(),
                "settings": {"max_age_days": 120},
                "service_groups": [
                    {
                        "service_group": str(group.pk),
                        "name": group.name,
                        "claims": 12,
                        "share": 1.0,
                        "rest_unchanged": True,
                    }
                ],
                "elsewhere": {"before": 0.08, "after": 0.09, "after_low": 0.07, "after_high": 0.1, "claims": 400},
            },
        )

    root, child = signal_at(StreamLevel.PAYER, None), signal_at(StreamLevel.PAYER_SERVICE_GROUP, group)
    alert = own(Alert, signal=root, payer=payer, rank_score=5.0, assignee=person, opened_on=root.alarmed_on)
    audit.record(
        actor=system_actor(organization.pk),
        action="alert.judged",
        target_type="alert",
        target_id=alert.pk,
        detail={"verdict": f"{canary} verdict"},
    )
    own(AlertSignal, alert=alert, signal=child)
    own(TakenBackEvidence, signal=root, upload=upload, claims=1, of_claims=2)
    own(
        Judgement,
        alert=alert,
        verdict=Verdict.FOLLOW_UP,
        note=f"{canary} note",
        recovered_amount=Decimal("10.00"),
        judged_by=person,
    )
    own(AlertActivity, alert=alert, action="OPENED", detail=f"{canary} detail")
    stored, size, digest = files.save(f"exports/{uuid4().hex}", [canary.encode()])
    export = own(
        Export,
        kind=ExportKind.CLAIMS_XLSX,
        title=f"{canary} claims",
        file_name=f"{canary}.xlsx",
        job=own(Job, kind="reports.export", **finished),
        stored_name=stored,
        size_bytes=size,
        sha256=digest,
        rows=1,
        created_by=person,
        expires_at=clock.now() + timedelta(days=7),
    )
    job = own(Job, kind="detection.run", state=JobState.FAILED, error_code="INTERNAL", error_message=f"{canary} error")
    backtest = own(
        Job,
        kind="detection.backtest",
        **finished,
        parameters={
            "from": (DAY - timedelta(days=90)).isoformat(),
            "to": (DAY + timedelta(days=30)).isoformat(),
            "weekly_alert_budget": 2,
            "smallest_odds": 1.2,
        },
        result={
            "signals": [
                {
                    "kind": SignalKind.DENIAL_RATE,
                    "level": StreamLevel.PAYER_SERVICE_GROUP,
                    "payer": str(payer.pk),
                    "service_group": str(group.pk),
                    "denial_category": "",
                    "location": "",
                    "alarmed_on": (DAY + timedelta(days=20)).isoformat(),
                    "alerted_on": (DAY + timedelta(days=21)).isoformat(),
                    "change_date": DAY.isoformat(),
                    "change_date_low": (DAY - timedelta(days=2)).isoformat(),
                    "change_date_high": (DAY + timedelta(days=2)).isoformat(),
                    "direction": Direction.WORSE,
                    "before": 0.08,
                    "after": 0.2,
                    "e_value": 4000.0,
                    "dollars_per_week": 1234.5,
                    "is_alert": True,
                    "reason": "ALERT",
                    "explained_by": None,
                }
            ]
        },
    )
    key = own(
        ServiceKey,
        name=f"{canary} system",
        prefix=f"upk_{uuid4().hex[:12]}",
        secret_digest="0" * 64,
        scopes=[Scope.UPLOADS_WRITE],
        created_by=person,
        expires_at=clock.now() + timedelta(days=90),
    )
    invitation = own(
        Invitation,
        email=f"{canary.lower()}@example.org",
        name=f"{canary} Person",
        role=Role.VIEWER,
        created_by=person,
        expires_at=clock.now() + timedelta(days=7),
    )
    alert_webhook = own(
        AlertWebhook, name=f"{canary} listener", url=f"https://{canary.lower()}.example.org/", secret=f"uaw_{canary}"
    )
    own(AlertDelivery, webhook=alert_webhook, event="alert.opened", alert=alert, problem=f"{canary} failed")
    webhook = own(Webhook, name=f"{canary} sender", secret=f"uwh_{canary}", created_by=person)
    keeper = person or User.objects.create(email=f"{uuid4().hex}@example.org", name=f"{canary} Keeper")
    saved_query = own(
        SavedQuery,
        owner=keeper,
        name=f"{canary} query",
        description=f"{canary} description",
        text=f"query {canary} {{ payers {{ items {{ name }} }} }}",
        variables={"search": canary},
        shared=True,
    )
    own(
        QuerySchedule,
        query=saved_query,
        scheduled_by=keeper,
        kind=ExportKind.QUERY_CSV,
        frequency=Frequency.MONTHLY,
        day_of_month=1,
        hour=6,
        time_zone="America/Chicago",
        next_run_at=clock.now() + timedelta(days=7),
        last_export=export,
    )
    return World(
        organization, payer, group, patient, claim, upload, root, alert, export, job, event, backtest, key, webhook,
        alert_webhook, row, source_mapping, invitation, saved_query,
    )  # fmt: skip


def acknowledge(organization: Organization, upload: Upload, claim: Claim, canary: str) -> None:
    """What an upload sent, what came back on it and on one of its claims, and what had been authorized before."""

    def own(model, **values):
        return model.unscoped.create(organization=organization, upload=upload, fingerprint=uuid4().hex, **values)

    own(
        Submission,
        sender=canary,
        group_number="1",
        set_number="0001",
        submitter=canary,
        batch_reference=canary,
        submitted_date=DAY,
        claims=1,
    )
    own(
        SubmissionAcknowledgement,
        kind=AcknowledgementKind.X12_999,
        sender=canary,
        group_number="1",
        set_number="0001",
        standing=Standing.REJECTED,
        code="R",
        acknowledged_date=DAY,
        errors=[["1", "SV1", 19, "2400", 1, 2, canary]],
    )
    batch = own(
        SubmissionAcknowledgement,
        kind=AcknowledgementKind.X12_277CA,
        sender=canary,
        batch_reference=canary,
        standing=Standing.PENDING,
        code="WQ",
        acknowledged_date=DAY,
        statuses=[["A1", "19", "PR", ""]],
    )
    own(
        ClaimAcknowledgement,
        claim_key=claim.claim_key,
        batch=batch.fingerprint,
        source=f"{canary} Health",
        standing=Standing.REJECTED,
        acknowledged_date=DAY,
        statuses=[["A7", "562", "85", ""]],
        payer_claim_number=f"{canary}-icn",
    )
    own(
        Authorization,
        payer=claim.payer,
        patient=claim.patient,
        authorization_number=claim.authorization_number,
        action_code="A1",
        trace_number=f"{canary}-trace",
        answered_date=DAY,
        services=[["99213", "A1", [], "2", "VS", DAY.isoformat(), None]],
    )
