"""Payers: one whatever the spelling, renamed and merged without losing a claim or a cent."""

from datetime import date

import pytest
from intake.writing import MARCH_2, MARCH_20, claim, counts, decision, denied, money, paid, remittance, the_claim, write

from upstream.accounts.models import Organization
from upstream.accounts.roles import Role
from upstream.alerts.models import Alert
from upstream.audit.models import AuditEvent
from upstream.claims import rollup
from upstream.claims.models import Claim, ClaimDecision, Payer, PayerAlias, Remittance, RollupDay, RollupSlice
from upstream.claims.payers import UNNAMED, PayerDirectory, is_identifier, payer_key
from upstream.claims.services import add_payer_alias, rename_payer
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError
from upstream.detection.models import DetectionRun, Direction, Signal, SignalKind, StreamLevel


def names(organization: Organization) -> dict[str, list[str]]:
    payers = Payer.objects.for_organization(organization).order_by("name")
    return {payer.name: sorted(payer.aliases.values_list("alias", flat=True)) for payer in payers}


def payer(organization: Organization, name: str) -> Payer:
    return Payer.objects.for_organization(organization).get(name=name)


# Names


@pytest.mark.parametrize(
    "spelling", ["Aster Health", "ASTER HEALTH", " aster   health ", "Aster-Health.", "Áster Health", "aster/health"]
)
def test_spellings_of_a_name_are_one(spelling: str) -> None:
    assert payer_key(spelling) == "asterhealth"


def test_a_name_of_signs_only_is_a_name_still() -> None:
    assert payer_key("???") == "???"
    assert payer_key("東京健保") == "東京健保"
    assert len(payer_key("ﷺ" * 200)) == 200


@pytest.mark.parametrize(
    ("text", "usable"), [("60054", True), ("87726", True), ("999999999", False), ("00", False), ("", False)]
)
def test_placeholders_are_no_identifiers(text: str, usable: bool) -> None:
    assert is_identifier(text) is usable


def resolve(organization: Organization, *pairs: tuple[str, str]) -> list[str]:
    directory = PayerDirectory(organization.pk)
    found = [directory.resolve(*pair) for pair in pairs]
    directory.save()
    known = {row.pk: row.name for row in Payer.objects.for_organization(organization)}
    return [known[pk] for pk in found]


def test_payers_are_found_by_name_then_by_identifier(organization: Organization) -> None:
    assert resolve(organization, ("Aster Health", "60054"), ("ASTER HEALTH", "")) == ["Aster Health"] * 2
    # In a transaction of its own, from what is stored.
    pairs = (("Aster Health Plan of Ohio", "60054"), ("", "60054"), ("Birch", "60099"), ("Aster Health", "60099"))
    assert resolve(organization, *pairs) == ["Aster Health", "Aster Health", "Birch", "Aster Health"]
    assert names(organization) == {"Aster Health": ["60054", "Aster Health Plan of Ohio"], "Birch": ["60099"]}


def test_placeholders_do_not_make_two_payers_one(organization: Organization) -> None:
    assert resolve(organization, ("Aster", "999999"), ("Birch", "999999")) == ["Aster", "Birch"]


def test_a_payer_without_a_name_is_called_so(organization: Organization) -> None:
    assert resolve(organization, ("", ""), ("", "60054"), (" ", "0000")) == [UNNAMED, "60054", UNNAMED]


# Renaming


def test_a_renamed_payer_is_found_by_both_names(organization: Organization, admin: Actor) -> None:
    write(organization, [claim("C1")])
    renamed = rename_payer(actor=admin, payer_id=payer(organization, "Aster Health").pk, name="  Aster  of Ohio ")
    assert renamed.name == "Aster of Ohio"
    write(organization, [claim("C2"), claim("C3", payer_name="ASTER OF OHIO")])
    assert names(organization) == {"Aster of Ohio": ["Aster Health"]}
    event = AuditEvent.objects.for_organization(organization).get(action="payer.renamed")
    assert (event.target_id, event.actor_id) == (str(renamed.pk), admin.user_id)


def test_a_name_may_change_its_spelling_and_back(organization: Organization, admin: Actor) -> None:
    write(organization, [claim("C1")])
    pk = payer(organization, "Aster Health").pk
    for name in ("ASTER HEALTH", "Birch", "Aster Health"):
        rename_payer(actor=admin, payer_id=pk, name=name)
    assert names(organization) == {"Aster Health": ["Birch"]}


@pytest.mark.parametrize(
    ("name", "code"),
    [("", ErrorCode.INVALID), ("  ", ErrorCode.INVALID), ("x" * 201, ErrorCode.INVALID), ("a\x00b", ErrorCode.INVALID),
     ("birch mutual", ErrorCode.CONFLICT), ("60099", ErrorCode.CONFLICT)],
)  # fmt: skip
def test_a_name_that_cannot_be_is_refused(organization: Organization, admin: Actor, name: str, code: ErrorCode) -> None:
    write(organization, [claim("C1"), claim("C2", payer_name="Birch Mutual", payer_identifier="60099")])
    before = names(organization)
    with pytest.raises(ServiceError) as refusal:
        rename_payer(actor=admin, payer_id=payer(organization, "Aster Health").pk, name=name)
    assert (refusal.value.code, refusal.value.field, names(organization)) == (code, "name", before)


@pytest.mark.parametrize("role", [Role.CARE_TEAM, Role.ANALYST, Role.VIEWER])
def test_who_may_not_change_payers_changes_nothing(organization: Organization, member: object, role: Role) -> None:
    write(organization, [claim("C1"), claim("C2", payer_name="Birch Mutual")])
    before, actor = names(organization), member(role)  # type: ignore[operator]
    pk = payer(organization, "Aster Health").pk
    for change in (
        lambda: rename_payer(actor=actor, payer_id=pk, name="New"),
        lambda: add_payer_alias(actor=actor, payer_id=pk, alias="Birch Mutual"),
    ):
        with pytest.raises(ServiceError) as refusal:
            change()
        assert refusal.value.code == ErrorCode.FORBIDDEN
    assert names(organization) == before


def test_another_organizations_payer_is_unknown(
    organization: Organization, other_organization: Organization, admin: Actor
) -> None:
    write(other_organization, [claim("C1")])
    foreign = payer(other_organization, "Aster Health").pk
    for change in (
        lambda: rename_payer(actor=admin, payer_id=foreign, name="New"),
        lambda: add_payer_alias(actor=admin, payer_id=foreign, alias="New"),
    ):
        with pytest.raises(ServiceError) as refusal:
            change()
        assert refusal.value.code == ErrorCode.NOT_FOUND
    assert names(other_organization) == {"Aster Health": []}


# Aliases and merging


def test_an_alias_sends_later_files_to_the_payer(organization: Organization, admin: Actor) -> None:
    write(organization, [claim("C1")])
    pk = payer(organization, "Aster Health").pk
    for _ in range(2):
        add_payer_alias(actor=admin, payer_id=pk, alias="AHP")
    write(organization, [claim("C2", payer_name="ahp")])
    assert names(organization) == {"Aster Health": ["AHP"]}


def test_a_payers_own_name_is_no_alias(organization: Organization, admin: Actor) -> None:
    write(organization, [claim("C1")])
    with pytest.raises(ServiceError) as refusal:
        add_payer_alias(actor=admin, payer_id=payer(organization, "Aster Health").pk, alias="ASTER HEALTH")
    assert refusal.value.code == ErrorCode.CONFLICT


def test_an_alias_of_another_payer_cannot_be_taken_from_it(organization: Organization, admin: Actor) -> None:
    write(organization, [claim("C1"), claim("C2", payer_name="Birch Mutual", payer_identifier="60099")])
    before = names(organization)
    with pytest.raises(ServiceError) as refusal:
        add_payer_alias(actor=admin, payer_id=payer(organization, "Aster Health").pk, alias="60099")
    assert (refusal.value.code, names(organization)) == (ErrorCode.CONFLICT, before)


def alert_of(organization: Organization, of: Payer) -> Alert:
    run = DetectionRun(organization=organization, data_through=date(2026, 4, 10))
    run.save()
    day = date(2026, 4, 1)
    signal = Signal(
        organization=organization, run=run, kind=SignalKind.DENIAL_RATE, level=StreamLevel.PAYER,
        direction=Direction.WORSE, payer=of, alarmed_on=day, change_date=day, change_date_low=day,
        change_date_high=day, before=0.1, before_low=0.1, before_high=0.1, log_evidence=9, certainty=0.9,
        data_through=day,
    )  # fmt: skip
    signal.save()
    alert = Alert(organization=organization, signal=signal, payer=of, opened_on=signal.alarmed_on)
    alert.save()
    return alert


def test_a_merged_payer_hands_everything_over(organization: Organization, admin: Actor) -> None:
    era = remittance(decision("C3"), payer="Birch Mutual")
    write(organization, [paid("C1"), denied("C2", payer_name="Birch Mutual", payer_identifier="60099")])
    write(organization, era)
    aster, birch = payer(organization, "Aster Health"), payer(organization, "Birch Mutual")
    alert = alert_of(organization, birch)
    add_payer_alias(actor=admin, payer_id=aster.pk, alias="BIRCH MUTUAL")

    assert names(organization) == {"Aster Health": ["60099", "BIRCH MUTUAL"]}
    assert {row.payer_id for row in Claim.objects.for_organization(organization)} == {aster.pk}
    assert {row.payer_id for row in Remittance.objects.for_organization(organization)} == {aster.pk}
    assert {row.payer_id for row in RollupSlice.objects.for_organization(organization)} == {aster.pk}
    assert rollup.recompute(organization.pk) == []
    alert.refresh_from_db()
    assert (alert.payer_id, alert.signal.payer_id) == (aster.pk, aster.pk)
    detail = AuditEvent.objects.for_organization(organization).get(action="payer.alias_added").detail
    assert detail["merged"] == str(birch.pk)
    assert detail["moved"]["claims.Claim"] == 2

    # The files that made it come again: nothing is new, under either name.
    assert counts(write(organization, era)) == (0, 0, 1)
    assert counts(write(organization, [denied("C2", payer_name="Birch Mutual", payer_identifier="60099")])) == (0, 0, 1)
    assert Payer.objects.for_organization(organization).count() == 1


def test_days_that_become_one_are_added_up(organization: Organization, admin: Actor) -> None:
    birch = {"payer_name": "Birch Mutual", "location": "North"}
    write(organization, [paid("C1"), paid("C2", **birch), denied("C3", **birch), claim("C4", **birch), claim("C5")])
    add_payer_alias(actor=admin, payer_id=payer(organization, "Aster Health").pk, alias="Birch Mutual")
    rows = RollupDay.objects.for_organization(organization).select_related("slice").order_by("slice__location", "day")
    assert [(row.slice.location, row.day, row.submitted, row.decided, row.denied, row.paid_cents) for row in rows] == [
        ("", MARCH_2, 5, 0, 0, 0), ("", MARCH_20, 0, 3, 1, 16_000),
        ("North", MARCH_2, 3, 0, 0, 0), ("North", MARCH_20, 0, 2, 1, 8_000),
    ]  # fmt: skip
    slices = RollupSlice.objects.for_organization(organization).order_by("location")
    assert [(row.location, row.pending) for row in slices] == [("", 2), ("North", 1)]
    assert rollup.recompute(organization.pk) == []


def test_a_merge_counts_what_is_not_folded_yet(organization: Organization, admin: Actor) -> None:
    write(organization, [paid("C1")])
    write(organization, [paid("C2", payer_name="Birch Mutual")], folded=False)
    add_payer_alias(actor=admin, payer_id=payer(organization, "Aster Health").pk, alias="Birch Mutual")
    assert rollup.recompute(organization.pk) == []
    assert [row.submitted for row in RollupDay.objects.for_organization(organization).filter(day=MARCH_2)] == [2]


def test_a_remittance_that_came_under_both_names_is_one_afterwards(organization: Organization, admin: Actor) -> None:
    write(organization, remittance(decision("C1"), decision("C2")))
    write(organization, remittance(decision("C1"), decision("C4"), payer="Birch Mutual"))
    assert ClaimDecision.objects.for_organization(organization).count() == 4
    add_payer_alias(actor=admin, payer_id=payer(organization, "Aster Health").pk, alias="Birch Mutual")
    assert Remittance.objects.for_organization(organization).count() == 1
    assert sorted(d.claim.control_number for d in ClaimDecision.objects.for_organization(organization)) == [
        "C1",
        "C2",
        "C4",
    ]
    assert rollup.recompute(organization.pk) == []
    again = write(organization, remittance(decision("C1"), decision("C4"), payer="Birch Mutual"))
    assert counts(again) == (0, 0, 2)


def test_a_claim_made_from_a_remittance_stays_with_its_merged_payer(organization: Organization, admin: Actor) -> None:
    write(organization, [claim("C0")])
    write(organization, remittance(decision("C1"), payer="Birch Mutual"))
    add_payer_alias(actor=admin, payer_id=payer(organization, "Aster Health").pk, alias="Birch Mutual")
    write(organization, remittance(decision("C1", 90), payer="Birch Mutual", trace="T2", on=date(2026, 5, 1)))
    stored = the_claim(organization)
    assert (stored.payer.name, stored.paid_amount) == ("Aster Health", money(90))
    assert PayerAlias.objects.for_organization(organization).count() == 1
