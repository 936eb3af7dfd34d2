"""The claims and alerts workbooks, made by their job and opened with openpyxl."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl.worksheet.worksheet import Worksheet

from upstream.accounts.models import Organization
from upstream.alerts.models import AlertState
from upstream.alerts.words import headline
from upstream.claims.models import Claim, CodeText, Outcome, ReasonKind
from upstream.core.actor import Actor
from upstream.reports import selectors
from upstream.reports.models import Export, ExportKind

PATIENT, MEMBER = "Quentin Canary", "CANARY-000777"
Make = Callable[..., tuple[Export, bytes]]

pytestmark = pytest.mark.django_db


def table(sheet: Worksheet) -> list[dict[str, Any]]:
    heading, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(heading, row, strict=True)) for row in rows]


def opened(content: bytes) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Rows of the first sheet by heading, and the About sheet."""
    workbook = openpyxl.load_workbook(BytesIO(content))
    return table(workbook.worksheets[0]), dict(workbook["About"].iter_rows(values_only=True))


def test_one_row_a_claim_with_everything_known_of_it(scene: Any, care_team: Actor, make_export: Make) -> None:
    [claim] = scene.claims(
        1,
        billed_amount=Decimal("123456789012.34"),
        allowed_amount=Decimal("0.10"),
        paid_date=date(2026, 3, 12),
        remark_codes="N706 M127",
        location="Main street",
    )
    export, content = make_export(care_team, ExportKind.CLAIMS_XLSX)
    [row], about = opened(content)
    assert row["Claim number"] == claim.control_number
    assert row["Payer"] == scene.payer.name
    assert row["Service group"] == scene.group.name
    assert row["Outcome"] == "Denied"
    assert [row[name].date() for name in ("Service date", "Submitted", "Decided", "Paid on")] == [
        date(2026, 2, 20),
        date(2026, 2, 24),
        date(2026, 3, 10),
        date(2026, 3, 12),
    ]
    assert (Decimal(str(row["Billed"])), row["Allowed"], row["Paid"]) == (Decimal("123456789012.34"), 0.1, 0)
    assert (row["Denial code"], row["Denial reason"], row["Reason group"]) == (
        "197",
        "No prior authorization",
        "Authorization",
    )
    assert (row["Remark codes"], row["Location"]) == ("N706 M127", "Main street")
    assert about["Rows"] == "1"
    assert about["Billed in all"] == "$123,456,789,012.34"
    assert (export.rows, export.size_bytes) == (1, len(content))


def test_an_organizations_own_texts_stand_beside_the_reasons(
    scene: Any, other_organization: Organization, care_team: Actor, make_export: Make
) -> None:
    scene.claims(1)
    for organization, text in ((other_organization, "Theirs"), (scene.organization, "Licensed text")):
        _, content = make_export(care_team, ExportKind.CLAIMS_XLSX)
        [row], _ = opened(content)
        assert "Denial text" not in row
        CodeText.unscoped.create(organization=organization, kind=ReasonKind.CARC, code="197", text=text)
    _, content = make_export(care_team, ExportKind.CLAIMS_XLSX)
    [row], _ = opened(content)
    assert (row["Denial reason"], row["Denial text"]) == ("No prior authorization", "Licensed text")


def test_the_about_sheet_says_what_it_is(scene: Any, care_team: Actor, make_export: Make) -> None:
    scene.claims(2)
    _, content = make_export(
        care_team,
        ExportKind.CLAIMS_XLSX,
        claim_filter={
            "payer_id": scene.payer.pk,
            "outcome": ("DENIED", "PAID"),
            "denial_category": "authorization",
            "decided_from": date(2026, 3, 1),
        },
    )
    _, about = opened(content)
    assert about["Organization"] == "Riverside Clinic"
    assert about["Filters"] == (
        "payer: Northwind Health Plan; outcome: denied or paid; reason of denial: Authorization; "
        "decided from: 1 March 2026"
    )
    assert about["Prepared for"] == "Care Team Person"
    assert about["Patient information"] == "None."
    assert about["Prepared"].endswith("UTC")


def test_filters_narrow_and_other_organizations_stay_out(
    scene: Any, make_scene: Any, other_organization: Organization, care_team: Actor, make_export: Make
) -> None:
    wanted = scene.claims(2, procedure_code="97140")
    scene.claims(3)
    make_scene(of=other_organization).claims(4, procedure_code="97140")
    rows, about = opened(make_export(care_team, ExportKind.CLAIMS_XLSX, claim_filter={"procedure_code": "97140"})[1])
    assert {row["Claim number"] for row in rows} == {claim.control_number for claim in wanted}
    rows, about = opened(make_export(care_team, ExportKind.CLAIMS_XLSX)[1])
    assert len(rows) == 5
    assert about["Filters"] == "none: everything on file"


def test_the_claims_of_a_signal_are_those_that_prove_it(scene: Any, care_team: Actor, make_export: Make) -> None:
    proof = scene.claims(3)
    scene.claims(2, decided_date=date(2026, 1, 10))
    scene.claims(2, outcome=Outcome.PAID, denial_code="")
    for options in ({"claim_filter": {"signal_id": scene.signal.pk}}, {"alert_id": scene.alert.pk}):
        rows, about = opened(make_export(care_team, ExportKind.CLAIMS_XLSX, **options)[1])
        assert {row["Claim number"] for row in rows} == {claim.control_number for claim in proof}
        assert about["Filters"] == "signal: Northwind Health Plan, denial rate, since 3 March 2026"


def test_patients_are_there_only_when_asked_for(scene: Any, care_team: Actor, make_export: Make) -> None:
    scene.claims(2)
    _, without = make_export(care_team, ExportKind.CLAIMS_XLSX)
    rows, about = opened(without)
    assert not {"Patient", "Birth date", "Member number"} & set(rows[0])
    with ZipFile(BytesIO(without)) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist())
    assert PATIENT.encode() not in content and MEMBER.encode() not in content
    rows, about = opened(make_export(care_team, ExportKind.CLAIMS_XLSX, include_phi=True)[1])
    assert (rows[0]["Patient"], rows[0]["Member number"]) == (PATIENT, MEMBER)
    assert rows[0]["Birth date"].date() == date(1956, 4, 12)
    assert about["Patient information"].startswith("Yes")


def test_without_patients_none_is_even_read(scene: Any, care_team: Actor, make_export: Make) -> None:
    scene.claims(2)
    with CaptureQueriesContext(connection) as queries:
        make_export(care_team, ExportKind.CLAIMS_XLSX)
    assert not any("claims_patient" in query["sql"] for query in queries)


def test_formulas_in_claims_are_text(scene: Any, care_team: Actor, make_export: Make) -> None:
    texts = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")']
    for text in texts:
        scene.claims(1, location=text, plan="a\x0bb")
    _, content = make_export(care_team, ExportKind.CLAIMS_XLSX)
    sheet = openpyxl.load_workbook(BytesIO(content)).worksheets[0]
    place = [cell.value for cell in sheet[1]].index("Location")
    cells = [row[place] for row in sheet.iter_rows(min_row=2)]
    assert {cell.value for cell in cells} == {text.replace("\r", "\n") for text in texts}
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in cells)
    with ZipFile(BytesIO(content)) as archive:
        content = archive.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in content and b"<f " not in content


def test_claims_come_newest_submission_first_however_many_pieces(
    scene: Any, care_team: Actor, make_export: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "CLAIMS_PER_READ", 7)
    for day in range(6):
        scene.claims(5, submitted_date=date(2026, 2, 1) + timedelta(days=day))
    scene.claims(9, submitted_date=None)
    with CaptureQueriesContext(connection) as queries:
        rows, _ = opened(make_export(care_team, ExportKind.CLAIMS_XLSX)[1])
    days = [row["Submitted"] for row in rows]
    assert days[:30] == sorted(days[:30], reverse=True)
    assert days[30:] == [None] * 9
    assert len({row["Claim number"] for row in rows}) == len(rows) == 39
    pieces = [query["sql"] for query in queries if "LIMIT 7" in query["sql"]]
    assert len(pieces) == 5 + 2


def test_a_piece_that_just_ends_where_the_rows_do(
    scene: Any, care_team: Actor, make_export: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "CLAIMS_PER_READ", 5)
    scene.claims(10)
    rows, _ = opened(make_export(care_team, ExportKind.CLAIMS_XLSX)[1])
    assert len({row["Claim number"] for row in rows}) == len(rows) == 10


def test_reading_goes_on_while_claims_come_in(scene: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "CLAIMS_PER_READ", 4)
    scene.claims(10)
    rows = selectors.claim_rows(selectors.claims_of(scene.organization.pk, {}), ["control_number"])
    seen = [next(rows) for _ in range(5)]
    scene.claims(3)
    seen += list(rows)
    assert len(set(seen)) == len(seen)
    assert len(seen) >= 10


def test_an_empty_selection_is_an_empty_table(organization: Organization, care_team: Actor, make_export: Make) -> None:
    export, content = make_export(care_team, ExportKind.CLAIMS_XLSX, claim_filter={"denial_code": "999"})
    rows, about = opened(content)
    assert rows == [] and about["Rows"] == "0" and export.rows == 0


def test_alerts_with_figures_judgement_and_money(judged: Any, analyst: Actor, make_export: Make) -> None:
    export, content = make_export(analyst, ExportKind.ALERTS_XLSX)
    [row], about = opened(content)
    assert row["Alert"] == headline(judged.alert)
    assert (row["State"], row["Payer"], row["Kind"], row["Direction"]) == (
        "open",
        "Northwind Health Plan",
        "denial rate",
        "worse",
    )
    assert (row["Alarm"].date(), row["Changed"].date()) == (date(2026, 3, 14), date(2026, 3, 3))
    assert (row["Share before"], row["Share since"]) == (0.112, 0.241)
    assert row["Days to payment before"] is None
    assert (row["How sure"], row["Certainty"]) == ("almost certain", 0.9973)
    assert (Decimal(str(row["Dollars a week"])), row["Claims affected"]) == (Decimal("12403.17"), 51)
    assert row["Explained signals"] == 1
    # The latest judgement counts, the one before does not.
    assert (row["Judgement"], row["Judged by"], row["Recovered"]) == ("real", "Care Team Person", 8210.55)
    assert row["Note"] == "Bulletin 2026-04 asks for authorization"
    assert row["Judged at (UTC)"].isoformat(timespec="minutes") == "2026-03-25T15:04"
    assert export.rows == 1 and about["Rows"] == "1"


def test_alerts_come_by_rank_and_filtered(make_scene: Any, care_team: Actor, make_export: Make) -> None:
    scenes = [make_scene(payer_name=f"Payer {letter}") for letter in "ABC"]
    for scene, rank in zip(scenes, (1.0, 9.0, 5.0), strict=True):
        type(scene.alert).unscoped.filter(pk=scene.alert.pk).update(rank_score=rank)
    rows, _ = opened(make_export(care_team, ExportKind.ALERTS_XLSX)[1])
    assert [row["Payer"] for row in rows] == ["Payer B", "Payer C", "Payer A"]
    type(scene.alert).unscoped.filter(pk=scenes[0].alert.pk).update(state=AlertState.RESOLVED)
    rows, about = opened(
        make_export(care_team, ExportKind.ALERTS_XLSX, alert_filter={"state": ("RESOLVED",), "kind": "DENIAL_RATE"})[1]
    )
    assert [row["Payer"] for row in rows] == ["Payer A"]
    assert about["Filters"] == "state: resolved; kind: denial rate"


def test_reading_alerts_takes_as_many_queries_for_many_as_for_one(make_scene: Any, organization: Organization) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            list(selectors.alert_rows(organization.pk, selectors.alerts_of(organization.pk, {})))
        return len(captured)

    make_scene()
    few = queries()
    for _ in range(5):
        make_scene()
    assert queries() == few


def test_the_job_tells_how_many_rows_it_wrote(scene: Any, care_team: Actor, make_export: Make) -> None:
    scene.claims(12)
    export, _ = make_export(care_team, ExportKind.CLAIMS_XLSX)
    export.job.refresh_from_db()
    assert (export.job.progress_done, export.job.progress_total) == (12, 12)
    assert export.job.result == {"export_id": str(export.pk), "rows": 12}
    assert Claim.objects.for_organization(export.organization_id).count() == 12
