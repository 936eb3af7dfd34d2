"""The audit workbook: exactly the events that were asked for, for those who read the trail."""

from collections.abc import Callable
from io import BytesIO
from uuid import uuid4

import pytest
from openpyxl import load_workbook

from upstream.accounts.models import Organization
from upstream.audit import services as audit
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError
from upstream.reports import services
from upstream.reports.models import ExportKind

EXPORTS = "{ exports { items { kind title downloadUrl } } }"
CREATE = """mutation($input: CreateExportInput!) { createExport(input: $input) { export { id title }
  errors { code field } } }"""


def test_it_holds_the_events_of_the_filter_with_names(
    make_export: Callable, auditor: Actor, care_team: Actor, organization: Organization
) -> None:
    alert = str(uuid4())
    audit.record(
        actor=care_team, action="alert.judged", target_type="alert", target_id=alert, detail={"verdict": "REAL"}
    )
    audit.record(actor=care_team, action="alert.judged", target_type="alert", target_id=uuid4())
    wanted = {"target_type": "alert", "target_id": alert, "group": "ALERTS", "actor_id": care_team.user_id}
    export, content = make_export(auditor, ExportKind.AUDIT_XLSX, audit_filter=wanted)
    assert export.rows == 1 and export.file_name.startswith("upstream-audit-")
    assert alert not in export.title and "Care Team Person" in export.title
    book = load_workbook(BytesIO(content))
    heading, row = book["Audit trail"].iter_rows(values_only=True)
    told = dict(zip(heading, row, strict=True))
    assert told["Who"] == "Care Team Person" and told["What"] == "Judged an alert"
    assert (told["Record"], told["Id of the record"], told["Details"]) == ("Alert", alert, "Verdict: REAL")
    about = dict(book["About"].iter_rows(values_only=True))
    assert f"record: {alert}" in about["Filters"]


def test_an_auditor_makes_and_sees_no_other_export(
    graphql: Callable, auditor: Actor, care_team: Actor, run_jobs: Callable
) -> None:
    services.create_export(actor=care_team, kind=ExportKind.ALERTS_XLSX)
    ask = graphql(auditor)
    made = ask(CREATE, {"input": {"kind": "AUDIT_XLSX", "auditFilter": {"group": "SIGN_INS"}}})
    assert made["data"]["createExport"]["errors"] == []
    for kind in ("ALERTS_XLSX", "CLAIMS_XLSX"):
        refused = ask(CREATE, {"input": {"kind": kind}})["data"]["createExport"]
        assert refused["export"] is None and refused["errors"][0]["code"] == "FORBIDDEN"
    run_jobs()
    (seen,) = ask(EXPORTS)["data"]["exports"]["items"]
    assert seen["kind"] == "AUDIT_XLSX" and seen["downloadUrl"]
    (other,) = graphql(care_team)(EXPORTS)["data"]["exports"]["items"]
    assert other["kind"] == "ALERTS_XLSX"


def test_those_who_do_not_read_the_trail_cannot_export_it(care_team: Actor) -> None:
    with pytest.raises(ServiceError) as refused:
        services.create_export(actor=care_team, kind=ExportKind.AUDIT_XLSX)
    assert refused.value.code == ErrorCode.FORBIDDEN


@pytest.mark.parametrize("given", [{"include_phi": True}, {"alert_id": uuid4()}, {"claim_filter": {}}])
def test_it_takes_a_filter_of_events_alone(auditor: Actor, given: dict) -> None:
    with pytest.raises(ServiceError) as refused:
        services.create_export(actor=auditor, kind=ExportKind.AUDIT_XLSX, **given)
    assert refused.value.code == ErrorCode.INVALID
