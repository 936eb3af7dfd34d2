"""From signals to alerts: one per root, and nothing that people decided is touched."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from decimal import Decimal

import pytest
from alerts.made_signals import CHANGED, THROUGH, alert, delay, detection_run, signal
from detection.simulated_rollup import Change, World
from django.db import connection
from django.test.utils import CaptureQueriesContext
from support import Thread

from upstream.accounts.models import Organization
from upstream.alerts import services, words
from upstream.alerts.models import Alert, AlertActivity, AlertSignal, AlertState, Judgement, Verdict
from upstream.alerts.ranking import rank_score
from upstream.alerts.words import headline
from upstream.audit import services as audit
from upstream.audit.models import AuditEvent
from upstream.core import clock
from upstream.core.actor import Actor
from upstream.detection.models import Direction, Signal, SignalKind, StreamLevel
from upstream.detection.services import run_detection


def refresh(organization: Organization) -> list[Alert]:
    return services.refresh_alerts(organization_id=organization.pk, run=detection_run(organization))


def actions(made: Alert) -> list[str]:
    return list(
        AlertActivity.objects.for_organization(made.organization_id)
        .filter(alert=made)
        .order_by("id")
        .values_list("action", flat=True)
    )


def related(made: Alert) -> set[Signal]:
    return {row.signal for row in AlertSignal.objects.for_organization(made.organization_id).filter(alert=made)}


def test_one_alert_per_root(organization: Organization) -> None:
    root, imaging, visits = signal(organization), signal(organization, "Imaging"), signal(organization, "Visits")
    alone = signal(organization, "Labs", of="Meridian Health Plan", dollars_per_week=Decimal(5000))
    signal(organization, of="Harbor Health Plan", direction=Direction.BETTER)
    opened = refresh(organization)
    assert {made.signal for made in opened} == {root, alone}
    by_signal = {made.signal: made for made in opened}
    assert related(by_signal[root]) == {imaging, visits} and related(by_signal[alone]) == set()
    assert by_signal[root].payer == root.payer and by_signal[root].state == AlertState.OPEN
    assert actions(by_signal[root]) == ["OPENED"]
    assert by_signal[alone].rank_score > by_signal[root].rank_score > 0
    event = AuditEvent.objects.for_organization(organization).get(action="alerts.refreshed")
    assert event.detail == {"opened": 2, "explained": 2} and event.actor_id is None


def test_a_refresh_without_news_writes_nothing(organization: Organization) -> None:
    signal(organization), signal(organization, "Imaging")
    refresh(organization)
    before = [
        list(model.objects.for_organization(organization).order_by("id").values())
        for model in (Alert, AlertSignal, AlertActivity, AuditEvent)
    ]
    assert refresh(organization) == []
    assert before == [
        list(model.objects.for_organization(organization).order_by("id").values())
        for model in (Alert, AlertSignal, AlertActivity, AuditEvent)
    ]


def test_what_people_decided_stays_and_the_rank_follows_the_evidence(
    organization: Organization, care_team: Actor
) -> None:
    root = signal(organization)
    (made,) = refresh(organization)
    services.assign(actor=care_team, alert_id=made.pk, assignee_id=care_team.user_id)
    services.judge(
        actor=care_team, alert_id=made.pk, verdict=Verdict.REAL, note="Called them", recovered_amount=Decimal(120)
    )
    services.acknowledge(actor=care_team, alert_id=made.pk)
    decided = (
        Alert.objects.for_organization(organization)
        .values("state", "assignee_id", "acknowledged_at", "created_at")
        .get()
    )
    Signal.objects.for_organization(organization).filter(pk=root.pk).update(
        dollars_per_week=Decimal(9000), certainty=1.0
    )
    assert refresh(organization) == []
    again = Alert.objects.for_organization(organization).get()
    assert (
        Alert.objects.for_organization(organization)
        .values("state", "assignee_id", "acknowledged_at", "created_at")
        .get()
        == decided
    )
    assert again.rank_score > 8 * made.rank_score
    assert Judgement.objects.for_organization(organization).get().note == "Called them"
    assert actions(again) == ["OPENED", "ASSIGNED", "JUDGED", "ACKNOWLEDGED"]


def test_a_resolved_alert_stays_resolved_and_a_new_change_opens_a_new_one(
    organization: Organization, care_team: Actor
) -> None:
    first = signal(organization, change_date=CHANGED - timedelta(days=90))
    (made,) = refresh(organization)
    services.resolve(actor=care_team, alert_id=made.pk)
    score = Alert.objects.for_organization(organization).get().rank_score
    Signal.objects.for_organization(organization).filter(pk=first.pk).update(dollars_per_week=Decimal(9000))
    # A group that shows the same change late is explained by the resolved alert.
    part = signal(organization, "Imaging", change_date=first.change_date)
    assert refresh(organization) == []
    resolved = Alert.objects.for_organization(organization).get()
    assert (resolved.state, resolved.rank_score) == (AlertState.RESOLVED, score)
    assert related(resolved) == {part}
    second = signal(organization)
    assert [made.signal for made in refresh(organization)] == [second]
    assert Alert.objects.for_organization(organization).get(signal=first).state == AlertState.RESOLVED


def test_a_groups_alert_grows_into_the_payers(organization: Organization, care_team: Actor) -> None:
    imaging, visits, labs = (signal(organization, name) for name in ("Imaging", "Visits", "Labs"))
    refresh(organization)
    by_signal = {made.signal: made for made in Alert.objects.for_organization(organization)}
    services.assign(actor=care_team, alert_id=by_signal[visits].pk, assignee_id=care_team.user_id)
    services.resolve(actor=care_team, alert_id=by_signal[labs].pk)
    root = signal(organization)
    assert refresh(organization) == []
    grown, folded, done = (
        Alert.objects.for_organization(organization).get(pk=by_signal[s].pk) for s in (visits, imaging, labs)
    )
    # The one somebody works on becomes the payer's; the untouched one is closed, the closed one stays as it is.
    assert (grown.signal, grown.state, grown.assignee_id) == (root, AlertState.OPEN, care_team.user_id)
    assert (folded.signal, folded.state) == (imaging, AlertState.RESOLVED) and folded.resolved_at is not None
    assert (done.signal, done.state) == (labs, AlertState.RESOLVED)
    assert related(grown) == {imaging, visits, labs}
    assert (actions(grown), actions(folded), actions(done)) == (
        ["OPENED", "ASSIGNED", "WIDENED"],
        ["OPENED", "RESOLVED"],
        ["OPENED", "RESOLVED"],
    )
    assert refresh(organization) == [] and actions(grown)[-1] == "WIDENED"


def test_groups_that_people_work_on_are_not_closed(organization: Organization, care_team: Actor) -> None:
    for name in ("Imaging", "Visits"):
        signal(organization, name)
    for made in refresh(organization):
        services.acknowledge(actor=care_team, alert_id=made.pk)
    root = signal(organization)
    refresh(organization)
    states = {made.signal: made.state for made in Alert.objects.for_organization(organization)}
    assert len(states) == 2 and set(states.values()) == {AlertState.ACKNOWLEDGED} and root in states


def test_a_payer_whose_groups_are_all_resolved_gets_an_alert_of_its_own(
    organization: Organization, care_team: Actor
) -> None:
    signal(organization, "Imaging")
    (first,) = refresh(organization)
    services.resolve(actor=care_team, alert_id=first.pk)
    root = signal(organization)
    assert [made.signal for made in refresh(organization)] == [root]


def test_judgements_move_the_payers_other_alerts_of_that_kind(organization: Organization, care_team: Actor) -> None:
    old = alert(organization, signal(organization, change_date=CHANGED - timedelta(days=90)), state=AlertState.RESOLVED)
    denials, slow = signal(organization), delay(organization)
    refresh(organization)
    before = {made.signal: made.rank_score for made in Alert.objects.for_organization(organization)}
    for verdict in (Verdict.REAL, Verdict.NOISE):
        services.judge(actor=care_team, alert_id=old.pk, verdict=verdict)
    refresh(organization)
    after = {made.signal: made.rank_score for made in Alert.objects.for_organization(organization)}
    # The latest judgement counts: one alert was noise, (0 + 2) / (0 + 1 + 2).
    assert after[denials] == pytest.approx(before[denials] * 2 / 3, rel=1e-4)
    assert after[slow] == before[slow]


UNSEEN = f"No longer seen with data through {words.full_day(THROUGH)}"
AGAIN = f"Seen again with data through {words.full_day(THROUGH)}"


def see(organization: Organization, made: Signal, found: bool) -> Alert:
    """What becomes of the signal's alert after a run that found it, or did not."""
    Signal.objects.for_organization(organization).filter(pk=made.pk).update(found=found)
    refresh(organization)
    return Alert.objects.for_organization(organization).get(signal=made)


def system_rows(made: Alert) -> list[tuple[str, str]]:
    rows = AlertActivity.objects.for_organization(made.organization_id).filter(alert=made, by=None).order_by("id")
    return list(rows.values_list("action", "detail"))[1:]


def test_an_untouched_alert_goes_and_comes_with_its_signal(organization: Organization) -> None:
    root = signal(organization)
    refresh(organization)
    gone = see(organization, root, False)
    assert (gone.state, gone.resolved_at is not None) == (AlertState.RESOLVED, True)
    assert system_rows(gone) == [("RESOLVED", UNSEEN)]
    assert see(organization, root, False).updated_at == gone.updated_at
    again = see(organization, root, True)
    assert (again.pk, again.state, again.resolved_at) == (gone.pk, AlertState.OPEN, None)
    assert again.rank_score == rank_score(root, real=0, noise=0)
    assert system_rows(again) == [("RESOLVED", UNSEEN), ("REOPENED", AGAIN)]
    assert see(organization, root, True).updated_at == again.updated_at
    # And once more.
    assert see(organization, root, False).state == AlertState.RESOLVED
    assert see(organization, root, True).state == AlertState.OPEN
    details = AuditEvent.objects.for_organization(organization).filter(action="alerts.refreshed").order_by("id")
    assert [event.detail for event in details] == [
        {"opened": 1}, {"no_longer_seen": 1}, {"reopened": 1}, {"no_longer_seen": 1}, {"reopened": 1},
    ]  # fmt: skip


@pytest.mark.parametrize("touch", ["acknowledge", "assign", "judge", "snooze", "acknowledge and reopen"])
def test_an_alert_somebody_works_on_stays_and_says_once_what_happened(
    organization: Organization, care_team: Actor, touch: str
) -> None:
    root = signal(organization)
    (made,) = refresh(organization)
    if touch == "assign":
        services.assign(actor=care_team, alert_id=made.pk, assignee_id=care_team.user_id)
    elif touch == "judge":
        services.judge(actor=care_team, alert_id=made.pk, verdict=Verdict.REAL)
    elif touch == "snooze":
        services.snooze(actor=care_team, alert_id=made.pk, until=clock.today() + timedelta(days=9))
    else:
        services.acknowledge(actor=care_team, alert_id=made.pk)
    if touch == "acknowledge and reopen":
        services.reopen(actor=care_team, alert_id=made.pk)
    before = Alert.objects.for_organization(organization).get()
    for _ in range(2):
        after = see(organization, root, False)
        assert (after.state, after.assignee_id, after.snoozed_until, after.resolved_at) == (
            before.state, before.assignee_id, before.snoozed_until, None,
        )  # fmt: skip
        assert after.rank_score < before.rank_score / 5
        assert system_rows(after) == [("NO_LONGER_SEEN", UNSEEN)]
    for _ in range(2):
        assert see(organization, root, True).state == before.state
        assert system_rows(after) == [("NO_LONGER_SEEN", UNSEEN), ("SEEN_AGAIN", AGAIN)]


def test_what_a_person_resolved_or_called_noise_is_not_opened_again(
    organization: Organization, care_team: Actor
) -> None:
    resolved, noise, reopened = (signal(organization, of=f"Payer {number}") for number in range(3))
    refresh(organization)
    alert_of = {made.signal: made.pk for made in Alert.objects.for_organization(organization)}
    services.resolve(actor=care_team, alert_id=alert_of[resolved])
    for root in (resolved, noise, reopened):
        assert see(organization, root, False).state == AlertState.RESOLVED
    services.judge(actor=care_team, alert_id=alert_of[noise], verdict=Verdict.NOISE)
    # Opened by hand though not seen, it is somebody's, and stays; resolved by hand it stays so as well.
    services.reopen(actor=care_team, alert_id=alert_of[reopened])
    assert see(organization, reopened, False).state == AlertState.OPEN
    services.resolve(actor=care_team, alert_id=alert_of[reopened])
    for root in (resolved, noise, reopened):
        assert see(organization, root, True).state == AlertState.RESOLVED
    assert Alert.objects.for_organization(organization).count() == 3


def test_an_alert_that_is_over_by_the_time_it_is_seen_again_stays_resolved(organization: Organization) -> None:
    root = signal(organization)
    refresh(organization)
    see(organization, root, False)
    Signal.objects.for_organization(organization).filter(pk=root.pk).update(
        in_force=False, parameters=root.parameters | {"reversed_on": THROUGH.isoformat()}
    )
    assert see(organization, root, True).state == AlertState.RESOLVED


def test_what_is_no_longer_seen_hides_no_group_that_is(organization: Organization, care_team: Actor) -> None:
    root, imaging, visits = (signal(organization, name) for name in ("", "Imaging", "Visits"))
    refresh(organization)
    assert see(organization, root, False).state == AlertState.RESOLVED
    groups = {made.signal: made for made in Alert.objects.for_organization(organization).exclude(signal=root)}
    assert set(groups) == {imaging, visits} and {made.state for made in groups.values()} == {AlertState.OPEN}
    services.acknowledge(actor=care_team, alert_id=groups[visits].pk)
    # Seen again, the payer's alert takes up the one that nobody has touched.
    assert see(organization, root, True).state == AlertState.OPEN
    states = {made.signal: made.state for made in Alert.objects.for_organization(organization)}
    assert states == {root: AlertState.OPEN, imaging: AlertState.RESOLVED, visits: AlertState.ACKNOWLEDGED}


def test_a_file_that_came_late_takes_its_alert_along(organization: Organization) -> None:
    """Meridian's file is two weeks late, which looks like a stall until it comes."""
    late = World(last=date(2024, 6, 28), fetched_of={"Meridian": date(2024, 6, 14)})
    for world, state in ((late, AlertState.OPEN), (World(last=date(2024, 7, 1)), AlertState.RESOLVED)):
        world.write(organization)
        run = run_detection(organization_id=organization.pk)
        assert run is not None
        services.refresh_alerts(organization_id=organization.pk, run=run)
        made = Alert.objects.for_organization(organization).get()
        assert made.state == state and made.payer.name == "Meridian Health Plan"
    assert system_rows(made) == [("RESOLVED", "No longer seen with data through 1 July 2024")]


def test_an_untouched_alert_that_another_change_explains_is_closed(organization: Organization) -> None:
    as_usual = {"denials_of_open_claims": 25, "expected_of_open_claims": 24.0}
    denials = signal(organization, change_date=CHANGED + timedelta(days=25), parameters=as_usual)
    (made,) = refresh(organization)
    slow = delay(organization)
    (opened,) = refresh(organization)
    made.refresh_from_db()
    assert opened.signal == slow and related(opened) == {denials}
    assert made.state == AlertState.RESOLVED and actions(made) == ["OPENED", "RESOLVED"]


def test_organizations_do_not_touch_one_another(organization: Organization, other_organization: Organization) -> None:
    signal(organization), signal(other_organization, "Imaging")
    refresh(organization)
    assert not Alert.objects.for_organization(other_organization).exists()
    (other,) = refresh(other_organization)
    assert other.organization_id == other_organization.pk and other.signal.service_group is not None
    assert Alert.objects.for_organization(organization).count() == 1
    assert audit.verify(organization.pk) == audit.verify(other_organization.pk) == []


def test_queries_do_not_grow_with_alerts(
    organization: Organization,
    other_organization: Organization,
    count_queries: Callable[[], AbstractContextManager[CaptureQueriesContext]],
) -> None:
    numbers = []
    for tenant, payers in ((organization, 1), (other_organization, 7)):
        for number in range(payers):
            signal(tenant, of=f"Payer {number}"), signal(tenant, "Imaging", of=f"Payer {number}")
        run = detection_run(tenant)
        with count_queries() as queries:
            assert len(services.refresh_alerts(organization_id=tenant.pk, run=run)) == payers
        numbers.append(len(queries))
    assert numbers[0] == numbers[1] <= 21


def test_a_simulated_year_ends_in_one_alert_per_cause(organization: Organization) -> None:
    """What went wrong and was put right long ago is known, and calls nobody; nor do the payments it left out."""
    World(
        payers={"Northwind": 14.0, "Meridian": 12.0, "Harbor": 9.0},
        changes=[
            Change("Northwind", date(2023, 8, 1), denial_factor=3.5, until=date(2023, 11, 1)),
            Change("Northwind", date(2024, 4, 1), denial_factor=4),
            Change("Meridian", date(2024, 6, 3), stops=True),
        ],
        seed=2,
    ).write(organization)
    run = run_detection(organization_id=organization.pk)
    assert run is not None
    services.refresh_alerts(organization_id=organization.pk, run=run)
    alerts = Alert.objects.for_organization(organization).select_related("signal__payer", "signal__service_group")
    since = {made.signal.change_date: headline(made) for made in alerts}
    told = [text for day, text in sorted(since.items()) if day >= date(2024, 3, 15)]
    assert len(told) == 2
    assert told[0].startswith("Northwind Health Plan denies") and told[1].startswith("Meridian Health Plan has paid")
    assert not [text for text in since.values() if "2023" in text and text.startswith("Northwind")]
    signals = Signal.objects.for_organization(organization)
    assert signals.filter(level=StreamLevel.PAYER, in_force=False, direction=Direction.WORSE).exists()
    assert signals.filter(direction=Direction.BETTER).exists()
    assert signals.filter(kind=SignalKind.PAYMENT_DELAY, payer__name__startswith="Northwind", in_force=True).exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgresql
def test_refreshes_at_the_same_time_open_each_alert_once(organization: Organization) -> None:
    for number in range(5):
        signal(organization, of=f"Payer {number}")
    run = detection_run(organization, THROUGH)
    failures: list[Exception] = []

    def work() -> None:
        try:
            services.refresh_alerts(organization_id=organization.pk, run=run)
        except Exception as error:  # the assertion below shows it
            failures.append(error)
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert (
        Alert.objects.for_organization(organization).count()
        == AlertActivity.objects.for_organization(organization).count()
        == 5
    )
