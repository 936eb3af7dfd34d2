"""Service groups changed by people: what it would do, what it does to claims of the past and to come, and undo."""

from collections.abc import Callable
from typing import Any

import pytest
from intake.writing import APRIL_10, claim, decision, denied, line, paid, remittance, write

from upstream.accounts.models import Organization
from upstream.accounts.roles import Role
from upstream.audit.models import AuditEvent
from upstream.claims import regrouping, rollup
from upstream.claims.models import Claim, ServiceGroup, ServiceGroupEdit
from upstream.claims.service_group_edits import (
    Move,
    preview,
    remove_service_group,
    restore_service_groups,
    save_service_group,
)
from upstream.claims.service_groups import DEFAULT_SERVICE_GROUPS, groups_in_force
from upstream.core import worker
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError
from upstream.core.models import Job, JobState
from upstream.detection.own_changes import OwnChangeKind, own_changes

VISITS, DRUGS, REST = "Office visits", "Drugs", "Other services"


@pytest.fixture
def claims(organization: Organization) -> None:
    """Two visits, a drug and a code of no group."""
    write(
        organization,
        [
            denied("V1", lines=[line(code="99213")]),
            paid("V2", lines=[line(code="99214")]),
            claim("D1", lines=[line(code="J1885")]),
            claim("X1", lines=[line(code="99999")]),
        ],
    )


def group(organization: Organization, name: str) -> ServiceGroup:
    return ServiceGroup.objects.for_organization(organization).get(name=name)


def grouped(organization: Organization) -> dict[str, str]:
    """Name of each claim's group, as it is stored."""
    rows = Claim.objects.for_organization(organization)
    return dict(rows.order_by("control_number").values_list("control_number", "service_group__name"))


def refusal(act: Callable[[], Any]) -> tuple[ErrorCode, str | None, str]:
    with pytest.raises(ServiceError) as refused:
        act()
    return refused.value.code, refused.value.field, refused.value.message


AS_IT_WAS = {"D1": DRUGS, "V1": VISITS, "V2": VISITS, "X1": REST}


@pytest.mark.usefixtures("claims")
def test_a_new_group_takes_its_codes_from_others_in_the_past_and_from_then_on(
    organization: Organization, admin: Actor, run_jobs: Callable[[], int]
) -> None:
    told = preview(actor=admin, group_id=None, codes="99213, J1885-J1889, 99999")
    assert sorted(told.moves, key=str) == [Move(name, "The new group", 1) for name in (DRUGS, VISITS, REST)]
    assert len(told.notes) == 2
    assert "99213 lies within 99202-99215 of Office visits: the narrower range counts" in told.notes[0] + told.notes[1]
    assert grouped(organization) == AS_IT_WAS and not ServiceGroupEdit.objects.for_organization(organization)

    save_service_group(actor=admin, group_id=None, name=" Watched  closely ", codes="99213, J1885-J1889, 99999")
    assert groups_in_force(organization.pk)[-2].name == "Watched closely"
    assert groups_in_force(organization.pk)[-1].name == REST
    run_jobs()
    mine = "Watched closely"
    assert grouped(organization) == {"D1": mine, "V1": mine, "V2": VISITS, "X1": mine}
    assert rollup.recompute(organization.pk) == []
    write(organization, [claim("V3", lines=[line(code="99213")])])
    assert grouped(organization)["V3"] == mine
    assert [(change.kind, change.what) for change in own_changes(organization)] == [
        (OwnChangeKind.SERVICE_GROUP_EDITED, mine)
    ]
    assert "service_group.added" in AuditEvent.objects.for_organization(organization).values_list("action", flat=True)
    kinds = Job.objects.for_organization(organization).values_list("kind", flat=True)
    assert "detection.run" in kinds


@pytest.mark.usefixtures("claims")
def test_takebacks_move_with_their_claims(
    organization: Organization, admin: Actor, run_jobs: Callable[[], int]
) -> None:
    taken_back = decision("V2", -80, status="22", billed=-100)
    write(organization, [*remittance(decision("V2", 80)), *remittance(taken_back, trace="T2", on=APRIL_10)])
    save_service_group(actor=admin, group_id=None, name="Long visits", codes="99214")
    run_jobs()
    assert grouped(organization)["V2"] == "Long visits"
    assert rollup.recompute(organization.pk) == []


@pytest.mark.usefixtures("claims")
def test_what_a_change_moves_is_what_its_preview_said(
    organization: Organization, admin: Actor, run_jobs: Callable[[], int]
) -> None:
    visits = group(organization, VISITS)
    told = preview(actor=admin, group_id=visits.pk, codes="99202-99213")
    assert told.moves == [Move(VISITS, REST, 1)]
    save_service_group(actor=admin, group_id=visits.pk, name="Short visits", codes="99202-99213")
    run_jobs()
    assert grouped(organization) == {**AS_IT_WAS, "V1": "Short visits", "V2": REST}
    assert rollup.recompute(organization.pk) == []
    assert preview(actor=admin, group_id=visits.pk, codes="99202-99213").moves == []


@pytest.mark.usefixtures("claims")
def test_a_removed_group_comes_back_with_its_claims(
    organization: Organization, admin: Actor, run_jobs: Callable[[], int]
) -> None:
    visits = group(organization, VISITS)
    assert preview(actor=admin, group_id=visits.pk, codes=None).moves == [Move(VISITS, REST, 2)]
    removed = remove_service_group(actor=admin, group_id=visits.pk)
    run_jobs()
    assert grouped(organization) == {**AS_IT_WAS, "V1": REST, "V2": REST}
    assert VISITS not in [each.name for each in groups_in_force(organization.pk)]
    assert rollup.recompute(organization.pk) == []
    restore_service_groups(actor=admin, edit_id=removed.pk)
    run_jobs()
    assert grouped(organization) == AS_IT_WAS
    assert [each.name for each in groups_in_force(organization.pk)] == [name for name, _ in DEFAULT_SERVICE_GROUPS]
    assert rollup.recompute(organization.pk) == []


@pytest.mark.usefixtures("claims")
def test_earlier_rules_come_back_even_where_names_changed_hands(
    organization: Organization, admin: Actor, run_jobs: Callable[[], int]
) -> None:
    visits, drugs = group(organization, VISITS), group(organization, DRUGS)
    first = save_service_group(actor=admin, group_id=visits.pk, name="Passing", codes="99202-99213")
    save_service_group(actor=admin, group_id=drugs.pk, name=VISITS, codes="J0000-J9999")
    save_service_group(actor=admin, group_id=visits.pk, name=DRUGS, codes="99202-99213")
    last = save_service_group(actor=admin, group_id=None, name="Passing", codes="99999")
    run_jobs()
    assert grouped(organization) == {"D1": VISITS, "V1": DRUGS, "V2": REST, "X1": "Passing"}
    back = restore_service_groups(actor=admin, edit_id=first.pk)
    run_jobs()
    assert grouped(organization) == AS_IT_WAS
    assert [(g.name, g.ranges) for g in groups_in_force(organization.pk)] == [
        (name, [list(each) for each in ranges]) for name, ranges in DEFAULT_SERVICE_GROUPS
    ]
    restore_service_groups(actor=admin, edit_id=back.pk)
    run_jobs()
    assert grouped(organization) == {"D1": VISITS, "V1": DRUGS, "V2": REST, "X1": "Passing"}
    assert rollup.recompute(organization.pk) == []
    assert last.summary == "Passing added"


@pytest.mark.usefixtures("claims")
def test_a_run_that_broke_off_goes_on_and_another_one_does_nothing(
    organization: Organization, admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regrouping, "_AT_ONCE", 1)
    remove_service_group(actor=admin, group_id=group(organization, VISITS).pk)
    job = Job.objects.for_organization(organization).get(kind=regrouping.REGROUP_JOB)
    run = worker.take(job.pk)
    assert run is not None
    fences = iter([None])

    def killed() -> None:
        if next(fences, "now") == "now":
            raise worker.LeaseLost

    monkeypatch.setattr(run, "fence", killed)
    with pytest.raises(worker.LeaseLost):
        regrouping.carry_out(run)
    assert sorted(grouped(organization).values()) == [DRUGS, VISITS, REST, REST]
    assert rollup.recompute(organization.pk) == []
    monkeypatch.undo()
    assert regrouping.carry_out(run) == {"claims": 1}
    assert grouped(organization) == {**AS_IT_WAS, "V1": REST, "V2": REST}
    assert regrouping.carry_out(run) == {"claims": 0}
    assert rollup.recompute(organization.pk) == []
    assert job.state == JobState.QUEUED


@pytest.mark.usefixtures("claims")
def test_what_cannot_be_is_refused_with_the_remedy_and_changes_nothing(
    organization: Organization, admin: Actor
) -> None:
    visits, rest = group(organization, VISITS), group(organization, REST)

    def save(name: str = "New", codes: str = "99990", group_id: Any = None) -> Callable[[], Any]:
        return lambda: save_service_group(actor=admin, group_id=group_id, name=name, codes=codes)

    for act, field, part in (
        (save(codes="99210-99220"), "codes", "99202-99215 of Office visits and 99210-99220 of New share codes"),
        (save(codes="99202-99215"), "codes", "End one where the other begins"),
        (save(codes="99990-99995, 99993"), "codes", "Write them as one range"),
        (save(codes="visits"), "codes", "VISITS is no procedure code"),
        (save(codes=""), "codes", "Write the codes of the group"),
        (save(name="  "), "name", "Give the group a name"),
        (save(name="x" * 121), "name", "at most 120"),
        (save(REST, "99990", rest.pk), "codes", "Add a new group"),
        (lambda: remove_service_group(actor=admin, group_id=rest.pk), "id", "cannot be removed"),
    ):
        code, at, message = refusal(act)
        assert (code, at) == (ErrorCode.INVALID, field) and part in message, message
    assert refusal(save(name="office VISITS"))[:2] == (ErrorCode.CONFLICT, "name")
    assert refusal(save(DRUGS, "99202-99215", visits.pk))[:2] == (ErrorCode.CONFLICT, "name")
    assert not ServiceGroupEdit.objects.for_organization(organization)
    assert not Job.objects.for_organization(organization).filter(kind=regrouping.REGROUP_JOB)
    save(name="All the rest", codes="", group_id=rest.pk)()
    assert grouped(organization)["X1"] == "All the rest"


def test_only_who_writes_payers_changes_groups_and_only_their_own(
    organization: Organization, other_organization: Organization, care_team: Actor, member: Callable[..., Actor]
) -> None:
    write(organization, [paid()])
    visits = group(organization, VISITS)
    owner, stranger = member(Role.OWNER), member(Role.OWNER, other_organization)
    edit = save_service_group(actor=owner, group_id=visits.pk, name="Visits", codes="99202-99215")
    for actor, expected in ((care_team, ErrorCode.FORBIDDEN), (stranger, ErrorCode.NOT_FOUND)):
        for act in (
            lambda who=actor: preview(actor=who, group_id=visits.pk, codes="99213"),
            lambda who=actor: save_service_group(actor=who, group_id=visits.pk, name="Mine", codes="99213"),
            lambda who=actor: remove_service_group(actor=who, group_id=visits.pk),
            lambda who=actor: restore_service_groups(actor=who, edit_id=edit.pk),
        ):
            assert refusal(act)[0] == expected
    assert refusal(lambda: regrouping.ask(care_team))[0] == ErrorCode.FORBIDDEN
    assert "Visits" not in [each.name for each in groups_in_force(other_organization.pk)]


@pytest.mark.usefixtures("claims")
def test_the_graph_tries_saves_and_restores(
    organization: Organization, admin: Actor, graphql: Callable[..., Any], run_jobs: Callable[[], int]
) -> None:
    ask, visits = graphql(admin), group(organization, VISITS)
    preview_query = """query($id: ID, $codes: String) { serviceGroupPreview(id: $id, codes: $codes) {
        moves { fromGroup toGroup claims } notes errors { field message } } }"""
    told = ask(preview_query, {"id": str(visits.pk), "codes": "99202-99213"})["data"]["serviceGroupPreview"]
    assert told == {"moves": [{"fromGroup": VISITS, "toGroup": REST, "claims": 1}], "notes": [], "errors": []}
    told = ask(preview_query, {"id": str(visits.pk), "codes": "x"})["data"]["serviceGroupPreview"]
    assert told["moves"] == [] and told["errors"][0]["field"] == "codes"

    saved = ask(
        """mutation($id: ID, $name: String!, $codes: String!) { saveServiceGroup(id: $id, name: $name, codes: $codes) {
        edit { id summary editedBy { name } } errors { message } } }""",
        {"id": str(visits.pk), "name": VISITS, "codes": "99202-99213"},
    )["data"]["saveServiceGroup"]
    assert saved["errors"] == [] and saved["edit"]["summary"] == "Codes of Office visits changed"
    listing = "{ serviceGroups { name codes } serviceGroupEdits { id summary } regroupings { state progressTotal } }"
    shown = ask(listing)["data"]
    assert {"name": VISITS, "codes": ["99202-99213"]} in shown["serviceGroups"]
    assert [each["id"] for each in shown["serviceGroupEdits"]] == [saved["edit"]["id"]]
    assert [each["state"] for each in shown["regroupings"]] == ["QUEUED"]
    run_jobs()
    assert [each["state"] for each in ask(listing)["data"]["regroupings"]] == ["SUCCEEDED"]
    restore = "mutation($id: ID!) { restoreServiceGroups(editId: $id) { edit { summary } errors { message } } }"
    answer = ask(restore, {"id": saved["edit"]["id"]})["data"]["restoreServiceGroups"]
    assert answer == {"edit": {"summary": "Groups as before “Codes of Office visits changed”"}, "errors": []}
    run_jobs()
    assert grouped(organization) == AS_IT_WAS
