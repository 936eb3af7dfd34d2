"""What an alert's report says: from the evidence to the sentences, figures and rows that the template lays out."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from upstream.alerts.root_causes import DENIALS
from upstream.alerts.words import headline
from upstream.claims.denial_reasons import CATEGORIES, label_of
from upstream.claims.models import Claim
from upstream.core import clock
from upstream.detection.models import Direction, Signal, SignalKind
from upstream.reports.kinds import KINDS, level, stream
from upstream.reports.pdf.chart import Marks, control_chart
from upstream.reports.pdf.method import method
from upstream.reports.selectors import AlertEvidence
from upstream.reports.words import (
    NOTHING,
    STATE_WORDS,
    VERDICT_WORDS,
    certainty,
    count,
    day,
    days,
    dollars,
    dollars_and_cents,
    percent,
    short_day,
)

REASONS_SHOWN, GROUPS_SHOWN, ACTIVITY_SHOWN, NOTE_LENGTH = 12, 12, 20, 1200


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the four figures on top."""

    label: str
    value: str
    detail: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A row with a bar. `width` is in percent of the bar's room."""

    label: str
    cells: tuple[str, ...]
    share: str
    width: float


def report(evidence: AlertEvidence, *, include_phi: bool, prepared_for: str) -> dict[str, Any]:
    """The template's context."""
    alert, signal = evidence.alert, evidence.signal
    words = KINDS[signal.kind]
    groups = _groups(evidence)
    return {
        "title": headline(alert),
        "kind": words,
        "organization": evidence.organization.name,
        "payer": alert.payer.name,
        "stream": stream(signal),
        "prepared_on": day(clock.today()),
        "prepared_for": prepared_for,
        "created_iso": clock.now().isoformat(timespec="seconds"),
        "data_through": day(signal.data_through),
        "alarmed_on": day(signal.alarmed_on),
        "standing": _standing(signal),
        "figures": _figures(signal),
        "summary": _summary(signal),
        "chart": _chart(signal),
        "chart_told": _chart_told(signal),
        "denial": signal.kind in DENIALS,
        # Only a denial rate is known to have none when there are none.
        "told_reasons": bool(signal.categories) or signal.kind == SignalKind.DENIAL_RATE,
        "reasons": _reasons(signal),
        "groups": groups,
        # Whether it is told which part of the change each group carries.
        "groups_carry": any(group.share for group in groups),
        "elsewhere": _elsewhere(signal),
        "claims": [_claim_row(claim, signal, include_phi) for claim in evidence.claims],
        "claims_total": count(evidence.claims_total, "claim"),
        "claims_shown": len(evidence.claims),
        "claims_left": f"{evidence.claims_total - len(evidence.claims):,}",
        "claims_more": evidence.claims_total > len(evidence.claims),
        "include_phi": include_phi,
        "state": STATE_WORDS[alert.state],
        "assignee": alert.assignee.name if alert.assignee else "",
        "judgements": [
            {
                "verdict": VERDICT_WORDS[judgement.verdict].capitalize(),
                "by": _person(judgement.judged_by),
                "at": _moment(judgement.judged_at),
                "recovered": dollars_and_cents(judgement.recovered_amount),
                "note": _shortened(judgement.note),
            }
            for judgement in evidence.judgements
        ],
        "activity": [
            {
                "at": _moment(entry.at),
                "action": entry.action.replace("_", " ").capitalize(),
                "by": _person(entry.by),
                "detail": _shortened(entry.detail),
            }
            for entry in evidence.activity[:ACTIVITY_SHOWN]
        ],
        "activity_left": max(len(evidence.activity) - ACTIVITY_SHOWN, 0),
        "method": method(signal),
    }


def _person(user: Any) -> str:
    return user.name if user else "Upstream"


def _moment(moment: datetime) -> str:
    return f"{short_day(moment.date())}, {moment:%H:%M} UTC"


def _shortened(text: str) -> str:
    return text if len(text) <= NOTE_LENGTH else text[:NOTE_LENGTH].rsplit(" ", 1)[0] + " \u2026"


def _interval(signal: Signal) -> str:
    """How well the level since the change is known."""
    low, high = signal.after_low, signal.after_high
    if signal.after is None or low is None:
        return KINDS[signal.kind].unknown
    if high is None:
        return f"95% interval from {level(signal, low)}"
    return f"95% interval {level(signal, low).removesuffix(' days')} to {level(signal, high)}"


def _standing(signal: Signal) -> str:
    if not signal.found:
        return "Corrected data no longer show this change."
    return "" if signal.in_force else "The last weeks are back at the level from before."


def _figures(signal: Signal) -> list[Figure]:
    kind, (words, number) = KINDS[signal.kind], certainty(signal.certainty)
    after = "not known yet" if signal.after is None else level(signal, signal.after)
    before = level(signal, signal.before)
    if signal.after is not None:
        before = before.removesuffix(" days").removesuffix(" day")
    more = "more" if signal.direction == Direction.WORSE else "less"
    return [
        Figure(kind.level, f"{before} \u2192 {after}", _interval(signal)),
        Figure("Since", day(signal.change_date), _since(signal)),
        Figure("How sure", words, f"{number} that something changed"),
        Figure(
            "Dollars a week",
            f"{'+' if signal.dollars_per_week > 0 else ''}{dollars(signal.dollars_per_week)}",
            f"{more} {kind.money}; {count(signal.claims_affected, 'claim')}",
        ),
    ]


def _since(signal: Signal) -> str:
    if signal.change_date_low == signal.change_date_high:
        return "to the day"
    low, high = signal.change_date_low, signal.change_date_high
    early = short_day(low) if low.year != high.year else f"{low.day} {low:%b}"
    return f"between {early} and {short_day(high)}"


def _summary(signal: Signal) -> str:
    """The same in a sentence that can be read out."""
    if signal.kind == SignalKind.PAYMENT_DELAY:
        return _summary_of_payments(signal)
    before, parameters = percent(signal.before), signal.parameters
    if signal.kind == SignalKind.DENIAL_RATE:
        text = f"Before the change {before} of the claims decided were denied."
        if signal.after is not None and "count_after" in parameters:
            denied, decided = parameters["events_after"], parameters["count_after"]
            text += f" Of the {decided:,} decided since, {denied:,} were denied: {percent(signal.after)}."
        return text
    if signal.kind == SignalKind.DENIAL_COHORT:
        text = f"Before the change {before} of the claims submitted were denied."
        if signal.after is not None and "expected_after" in parameters:
            submitted, denied = parameters["count_after"], parameters["events_after"]
            text += (
                f" Of the {submitted:,} submitted since, {denied:,} have been denied so far, where "
                f"{parameters['expected_after']:,.0f} were to be expected by now."
            )
        return text if signal.after is None else f"{text} At this pace it is {percent(signal.after)}."
    text = {
        SignalKind.DENIAL_DOLLARS.value: f"Before the change {before} of the dollars billed were denied.",
        SignalKind.TAKEBACK.value: f"Before the change payments were taken back for {before} of the claims decided.",
    }[signal.kind]
    return text if signal.after is None else f"{text} Since then it is {percent(signal.after)}."


def _summary_of_payments(signal: Signal) -> str:
    parameters = signal.parameters
    text = f"Before the change half of the claims were paid within {days(signal.before)}."
    text += (
        " Of the claims since, more than half are still unpaid, so their median cannot be told yet."
        if signal.after is None
        else f" Since then it takes {days(signal.after)}."
    )
    if "outstanding" in parameters:
        usual = round(parameters["usually_outstanding"])
        waiting = count(parameters["outstanding"], "claim is", "claims are")
        text += f" {waiting} waiting; at the former pace it would be {usual:,}."
    return text


def _chart(signal: Signal) -> str:
    """The chart as an address that holds it, empty where there is no series."""
    if not signal.series:
        return ""
    marks = Marks(signal.change_date, signal.change_date_low, signal.change_date_high, signal.alarmed_on)
    svg = control_chart(signal.series, marks, rate_label=KINDS[signal.kind].rate)
    return "data:image/svg+xml;base64," + b64encode(svg.encode()).decode()


def _chart_told(signal: Signal) -> str:
    """The chart in words, for those who cannot see it."""
    if not signal.series:
        return ""
    first, last = (date.fromisoformat(signal.series[end]["day"]) for end in (0, -1))
    series = KINDS[signal.kind].series
    return (
        f"{series[0].upper()}{series[1:]}, over seven days, from {day(first)} to {day(last)}, "
        f"beside what was expected. It changed on {day(signal.change_date)} ({_since(signal)}). "
        f"Below, the evidence of a change, which reached the alarm threshold on {day(signal.alarmed_on)}."
    )


def _reasons(signal: Signal) -> list[Bar]:
    widest = max((row["share"] for row in signal.categories), default=0) or 1
    return [
        Bar(
            row.get("label") or CATEGORIES.get(row["category"]) or "No reason given",
            (percent(row["before"]), percent(row["after"]), f"{row['claims']:,}"),
            f"{row['share'] * 100:.0f}%",
            100 * row["share"] / widest,
        )
        for row in signal.categories[:REASONS_SHOWN]
    ]


def _groups(evidence: AlertEvidence) -> list[Bar]:
    """Service groups: each one's part of the shift, and what its own signal says, where it has one."""
    related: dict[str, tuple[str, Signal]] = {}
    # Several kinds may say the same of a group: that of the alert's own kind stands for them.
    for own in sorted(evidence.related, key=lambda own: own.kind != evidence.signal.kind):
        if own.service_group:
            related.setdefault(str(own.service_group_id), (own.service_group.name, own))
    told = [part for part in evidence.signal.parameters.get("service_groups", []) if part["share"] > 0]
    widest = max((part["share"] for part in told), default=0) or 1
    bars = []
    for part in told[:GROUPS_SHOWN]:
        _, told_of = related.pop(part["service_group"], ("", None))
        name, cells = part["name"] or "All other services", _group_cells(told_of, part["claims"])
        bars.append(Bar(name, cells, f"{part['share'] * 100:.0f}%", 100 * part["share"] / widest))
    for name, own in related.values():
        bars.append(Bar(name, _group_cells(own, own.claims_affected), "", 0))
    return bars


def _group_cells(own: Signal | None, claims: int) -> tuple[str, ...]:
    if own is None:
        return (f"{claims:,}", NOTHING, NOTHING, NOTHING)
    change = f"{level(own, own.before)} \u2192 {level(own, own.after)}"
    return (f"{claims:,}", change, short_day(own.change_date), dollars(own.dollars_per_week))


def _elsewhere(signal: Signal) -> str:
    """Whether other payers changed as well: then it is more likely one's own coding or registration."""
    found = signal.parameters.get("elsewhere")
    if not found or found["before"] is None or found["after"] is None:
        return ""
    where = (
        f"At {signal.location}, all" if signal.location else f"For {stream(signal)}, all" if stream(signal) else "All"
    )
    counted = "submitted" if signal.kind == SignalKind.DENIAL_COHORT else "decided"
    before, after, low, high = (level(signal, found[name]) for name in ("before", "after", "after_low", "after_high"))
    return (
        f"{where} other payers together {KINDS[signal.kind].others} {before} before and {after} since "
        f"(95% interval {low} to {high}, {found['claims']:,} claims {counted})."
    )


def _claim_row(claim: Claim, signal: Signal, include_phi: bool) -> dict[str, Any]:
    patient = claim.patient if include_phi else None
    return {
        "number": claim.control_number or claim.payer_claim_number or "no number",
        "patient": (
            (patient.name or NOTHING, short_day(patient.birth_date), patient.member_number or NOTHING)
            if patient
            else (NOTHING, NOTHING, NOTHING)
        ),
        "service": short_day(claim.service_date),
        "submitted": short_day(claim.submitted_date),
        "decided": short_day(claim.decided_date),
        "procedure": claim.procedure_code or NOTHING,
        "billed": dollars_and_cents(claim.billed_amount),
        "paid": dollars_and_cents(claim.paid_amount),
        "reason": _reason(claim, signal),
    }


def _reason(claim: Claim, signal: Signal) -> str:
    if claim.denial_code:
        return f"{claim.denial_code} {label_of(claim.denial_code)}"
    if claim.submitted_date and signal.kind == SignalKind.PAYMENT_DELAY:
        if claim.paid_date:
            return f"paid after {days((claim.paid_date - claim.submitted_date).days)}"
        return f"unpaid after {days((signal.data_through - claim.submitted_date).days)}"
    return NOTHING
