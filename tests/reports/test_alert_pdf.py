"""The alert report, opened with another library than the one that wrote it."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from upstream.accounts.models import Organization
from upstream.accounts.roles import Role
from upstream.alerts.words import headline
from upstream.claims.models import Outcome
from upstream.core.actor import Actor
from upstream.detection.models import SignalKind, StreamLevel
from upstream.reports.models import Export, ExportKind

PATIENT, MEMBER = "Quentin Canary", "CANARY-000777"
Make = Callable[..., tuple[Export, bytes]]

pytestmark = pytest.mark.django_db


def opened(pdf: bytes) -> tuple[PdfReader, str]:
    """The reader, and all text with line ends as spaces."""
    reader = PdfReader(BytesIO(pdf))
    return reader, re.sub(r"\s+", " ", " ".join(page.extract_text() for page in reader.pages))


def test_says_what_changed_since_when_how_sure_and_for_how_much(
    judged: Any, care_team: Actor, make_export: Make
) -> None:
    judged.claims(45)
    export, pdf = make_export(care_team, ExportKind.ALERT_PDF, alert_id=judged.alert.pk)
    _, text = opened(pdf)
    assert headline(judged.alert) in text
    for said in (
        "Riverside Clinic",
        "11.2% → 24.1%",
        "95% interval 19.8% to 28.9%",
        "3 March 2026",
        "between 27 Feb and 6 Mar 2026",
        "Almost certain",
        "99.7% that something changed",
        "+$12,403",
        "Of the 398 decided since, 96 were denied: 24.1%.",
        "Authorization 1.8% 11.0% 44",
        "9.0% → 31.0%",
        "All other services",
        "All other payers together denied 10.3% before and 10.7% since",
        "a false alarm about once in 3,650 days (10 years)",
        "Real · $8,210.55 recovered",
        "Bulletin 2026-04 asks for authorization",
        "Opened",
    ):
        assert said in text, said
    assert export.rows == 36


def test_pages_are_numbered_and_carry_the_organization(scene: Any, care_team: Actor, make_export: Make) -> None:
    scene.claims(45)
    reader, _ = opened(make_export(care_team, ExportKind.ALERT_PDF, alert_id=scene.alert.pk)[1])
    total = len(reader.pages)
    assert 2 <= total <= 4
    for number, page in enumerate(reader.pages, 1):
        text = page.extract_text()
        assert f"Page {number} of {total}" in text
        assert "Riverside Clinic" in text
        assert (float(page.mediabox.width), float(page.mediabox.height)) == (612, 792), "US Letter"


def test_the_largest_claims_are_listed_and_the_rest_is_counted(scene: Any, care_team: Actor, make_export: Make) -> None:
    claims = scene.claims(45)
    _, text = opened(make_export(care_team, ExportKind.ALERT_PDF, alert_id=scene.alert.pk)[1])
    largest_first = sorted(claims, key=lambda claim: -claim.billed_amount)
    assert all(claim.control_number in text for claim in largest_first[:36])
    assert not any(claim.control_number in text for claim in largest_first[36:])
    assert "The 36 largest of 45 claims." in text
    assert "9 more are in the workbook" in text
    assert "197 No prior authorization" in text
    assert "$144.50" in text


def test_metadata_language_and_tags_are_set(scene: Any, care_team: Actor, make_export: Make) -> None:
    reader, _ = opened(make_export(care_team, ExportKind.ALERT_PDF, alert_id=scene.alert.pk)[1])
    assert reader.metadata is not None
    assert reader.metadata.title == headline(scene.alert)
    assert reader.metadata.author == "Riverside Clinic"
    catalog = reader.trailer["/Root"]
    assert catalog["/Lang"] == "en"
    assert catalog["/MarkInfo"]["/Marked"] == True  # noqa: E712 - a PDF boolean
    assert "/StructTreeRoot" in catalog
    assert catalog["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712
    assert b"pdfuaid" in catalog["/Metadata"].get_data()


def test_the_chart_is_told_in_words_to_those_who_cannot_see_it(scene: Any, care_team: Actor, make_export: Make) -> None:
    reader, _ = opened(make_export(care_team, ExportKind.ALERT_PDF, alert_id=scene.alert.pk)[1])
    figures = [node for node in _structure(reader.trailer["/Root"]["/StructTreeRoot"]) if node.get("/S") == "/Figure"]
    assert len(figures) == 1
    assert "It changed on 3 March 2026" in figures[0]["/Alt"]
    assert "alarm threshold on 14 March 2026" in figures[0]["/Alt"]


def _structure(node: Any) -> Any:
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, dict):
        yield node
        node = node.get("/K", [])
    for child in node if isinstance(node, list) else [node]:
        child = child.get_object() if hasattr(child, "get_object") else child
        if isinstance(child, dict):
            yield from _structure(child)


def test_fonts_are_embedded_and_the_text_can_be_read_out(scene: Any, care_team: Actor, make_export: Make) -> None:
    reader, _ = opened(make_export(care_team, ExportKind.ALERT_PDF, alert_id=scene.alert.pk)[1])
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        assert "/ToUnicode" in font
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert any(name in descriptor for name in ("/FontFile2", "/FontFile3"))


def test_patients_are_there_only_when_asked_for(scene: Any, care_team: Actor, make_export: Make) -> None:
    scene.claims(3)
    _, without = opened(make_export(care_team, ExportKind.ALERT_PDF, alert_id=scene.alert.pk)[1])
    for canary in (PATIENT, MEMBER, "12 Apr 1956", "1956"):
        assert canary not in without
    assert "Without patients" in without
    export, pdf = make_export(care_team, ExportKind.ALERT_PDF, alert_id=scene.alert.pk, include_phi=True)
    _, text = opened(pdf)
    for said in (PATIENT, MEMBER, "12 Apr 1956", "Contains patient information"):
        assert said in text
    assert export.includes_phi


def test_an_analyst_gets_the_report_without_a_byte_of_patients(scene: Any, analyst: Actor, make_export: Make) -> None:
    scene.claims(3)
    _, pdf = make_export(analyst, ExportKind.ALERT_PDF, alert_id=scene.alert.pk)
    _, text = opened(pdf)
    assert PATIENT not in text and MEMBER not in text
    assert PATIENT.encode() not in pdf and MEMBER.encode() not in pdf


def test_a_claim_without_a_patient_is_listed_too(scene: Any, care_team: Actor, make_export: Make) -> None:
    [claim] = scene.claims(1, patient=None)
    _, text = opened(make_export(care_team, ExportKind.ALERT_PDF, alert_id=scene.alert.pk, include_phi=True)[1])
    assert claim.control_number in text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"kind": SignalKind.DENIAL_COHORT},
            (
                "Denied of submitted claims",
                "Denials of submitted claims · Northwind Health Plan",
                "Before the change 11.2% of the claims submitted were denied. At this pace it is 24.1%.",
                "share of all decided claims that were denied for this reason",
                "the two back each other up",
                "Denials of open claims, day by day",
                "share of open claims denied in a day, over seven days",
                "Every open claim is expected to be denied",
                "more billed and denied; 51 claims",
            ),
        ),
        (
            {"kind": SignalKind.DENIAL_DOLLARS, "level": StreamLevel.PAYER_LOCATION, "location": "Main Street"},
            (
                "Denied dollars · Northwind Health Plan · Main Street",
                "denies 2.2 times the share of the dollars billed at Main Street since 3 March",
                "Denied of billed dollars",
                "At Main Street, all other payers together denied 10.3% before and 10.7% since",
                "One claim adds little, however large it is.",
            ),
        ),
        (
            {"kind": SignalKind.TAKEBACK, "categories": []},
            (
                "Taken back per claim decided",
                "Before the change payments were taken back for 11.2% of the claims decided.",
                "more taken back; 51 claims",
                "All other payers together took back 10.3% before",
                "Many payments taken back on one day count little more than one.",
            ),
        ),
        (
            {"level": StreamLevel.PAYER_DENIAL_CATEGORY, "denial_category": "authorization"},
            (
                "Denials · Northwind Health Plan · Authorization",
                "denies 2.2 times as many claims for authorization since 3 March",
                "For Authorization, all other payers together denied",
            ),
        ),
    ],
)
def test_every_kind_and_level_is_said_in_its_own_terms(
    make_scene: Any, care_team: Actor, make_export: Make, fields: dict[str, Any], said: tuple[str, ...]
) -> None:
    scene = make_scene(**fields)
    _, text = opened(make_export(care_team, ExportKind.ALERT_PDF, alert_id=scene.alert.pk)[1])
    for words in said:
        assert words in text, words
    assert ("What carries it" in text) is (fields.get("kind") != SignalKind.TAKEBACK)


def test_a_delay_that_has_no_median_yet(make_scene: Any, care_team: Actor, make_export: Make) -> None:
    scene = make_scene(
        kind=SignalKind.PAYMENT_DELAY,
        before=16.0,
        before_low=15.0,
        before_high=17.0,
        after=None,
        after_low=None,
        after_high=None,
        categories=[],
        parameters={
            "settings": {"arl0_days": 3650, "baseline_days": 364, "gap_days": 7, "max_age_days": 120},
            "after_through": "2026-04-02",
            "outstanding": 231,
            "usually_outstanding": 140.2,
        },
    )
    [claim] = scene.claims(
        1, outcome=Outcome.PENDING, denial_code="", denial_category="", decided_date=None, paid_amount=None
    )
    _, text = opened(make_export(care_team, ExportKind.ALERT_PDF, alert_id=scene.alert.pk)[1])
    for said in (
        "16 days → not known yet",
        "more than half are still unpaid",
        "231 claims are waiting; at the former pace it would be 140.",
        "unpaid after 37 days",
        claim.control_number,
    ):
        assert said in text, said
    assert "What carries it" not in text


def test_a_delay_with_a_median(make_scene: Any, care_team: Actor, make_export: Make) -> None:
    scene = make_scene(
        kind=SignalKind.PAYMENT_DELAY, before=16.0, after=24.5, after_low=22.0, after_high=None, categories=[]
    )
    scene.claims(
        1,
        outcome=Outcome.PAID,
        denial_code="",
        denial_category="",
        submitted_date=date(2026, 2, 10),
        paid_date=date(2026, 3, 20),
        paid_amount=Decimal("80.00"),
    )
    _, text = opened(make_export(care_team, ExportKind.ALERT_PDF, alert_id=scene.alert.pk)[1])
    for said in ("16 → 24.5 days", "95% interval from 22 days", "paid after 38 days"):
        assert said in text, said


def test_an_alert_with_nothing_behind_it_says_so(make_scene: Any, care_team: Actor, make_export: Make) -> None:
    scene = make_scene(
        categories=[],
        series=[],
        after=None,
        after_low=None,
        after_high=None,
        parameters={"after_through": "2026-04-02"},
    )
    _, text = opened(make_export(care_team, ExportKind.ALERT_PDF, alert_id=scene.alert.pk)[1])
    for said in (
        "11.2% → not known yet",
        "No daily figures were kept with this signal.",
        "The denials came without reason codes.",
        "No claim on file proves it any more",
        "Nobody has judged this alert yet.",
    ):
        assert said in text, said


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"in_force": False}, "The last weeks are back at the level from before."),
        ({"found": False}, "Corrected data no longer show this change."),
    ],
)
def test_a_change_that_is_over_says_so(
    make_scene: Any, care_team: Actor, make_export: Make, fields: dict[str, bool], sentence: str
) -> None:
    _, text = opened(make_export(care_team, ExportKind.ALERT_PDF, alert_id=make_scene(**fields).alert.pk)[1])
    assert sentence in text


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script> & <img src='http://127.0.0.1:1/x'> Co",
        "Клиника Здоровья και Υγεία",
        "Supercalifragilisticexpialidocious" * 5,
        "Quote \" and apostrophe ' Plan",
        "{{ 7|add:7 }} {% now 'Y' %}",
    ],
)
def test_any_name_is_text_and_nothing_else(make_scene: Any, care_team: Actor, make_export: Make, name: str) -> None:
    scene = make_scene(payer_name=name)
    scene.claims(2)
    export, pdf = make_export(care_team, ExportKind.ALERT_PDF, alert_id=scene.alert.pk)
    reader, text = opened(pdf)
    assert reader.metadata is not None
    assert reader.metadata.title == headline(scene.alert)
    assert name.replace(" ", "") in text.replace(" ", "")
    assert not any("/Annots" in page for page in reader.pages)
    assert export.file_name.isascii()


@pytest.mark.parametrize("name", ["الصحة للجميع", "北京健康保险"])
def test_names_of_other_scripts_can_be_read_out_of_the_pdf(
    make_scene: Any, care_team: Actor, make_export: Make, name: str
) -> None:
    """Right to left, and with characters that no font here may have: each is in the file as what it is."""
    scene = make_scene(payer_name=name)
    reader, _ = opened(make_export(care_team, ExportKind.ALERT_PDF, alert_id=scene.alert.pk)[1])
    assert reader.metadata is not None
    assert reader.metadata.title == headline(scene.alert)
    told = "".join(
        font.get_object()["/ToUnicode"].get_object().get_data().decode()
        for font in reader.pages[0]["/Resources"]["/Font"].values()
    )
    assert all(f"{ord(character):04x}" in told for character in name)


def test_a_judgement_of_any_length_is_cut_where_it_grows_too_long(
    scene: Any, care_team: Actor, make_export: Make
) -> None:
    from upstream.alerts.models import Judgement

    Judgement.unscoped.create(
        organization=scene.organization, alert=scene.alert, verdict="REAL", note="long " * 5000 + "end-of-note"
    )
    reader, text = opened(make_export(care_team, ExportKind.ALERT_PDF, alert_id=scene.alert.pk)[1])
    assert "end-of-note" not in text
    assert len(reader.pages) <= 4


def test_every_role_with_exports_can_be_served(
    organization: Organization, scene: Any, member: Any, make_export: Make
) -> None:
    for role in (Role.OWNER, Role.ADMIN, Role.CARE_TEAM, Role.ANALYST):
        assert make_export(member(role), ExportKind.ALERT_PDF, alert_id=scene.alert.pk)[1].startswith(b"%PDF-1.7")
