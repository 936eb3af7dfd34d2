"""The alerts workbook: one row an alert, with its signal's figures and what people made of it."""

from collections.abc import Sequence
from typing import Any

from upstream.alerts.models import Alert
from upstream.alerts.words import certainty_words, headline
from upstream.claims.denial_reasons import CATEGORIES
from upstream.detection.models import Direction, SignalKind
from upstream.reports.excel.cells import Column, Kind
from upstream.reports.kinds import KINDS
from upstream.reports.words import STATE_WORDS, VERDICT_WORDS

COLUMNS: tuple[Column, ...] = (
    Column("Alert", Kind.LONG_TEXT, 60),
    Column("State", Kind.TEXT, 14),
    Column("Payer", Kind.TEXT, 28),
    Column("Service group", Kind.TEXT, 26),
    Column("Reason of denial", Kind.TEXT, 20),
    Column("Location", Kind.TEXT, 20),
    Column("Kind", Kind.TEXT, 22),
    Column("Direction", Kind.TEXT, 11),
    Column("Alarm", Kind.DATE, 12),
    Column("Changed", Kind.DATE, 12),
    Column("Changed, earliest", Kind.DATE, 12),
    Column("Changed, latest", Kind.DATE, 12),
    Column("Share before", Kind.SHARE, 12),
    Column("Share since", Kind.SHARE, 12),
    Column("Days to payment before", Kind.NUMBER, 12),
    Column("Days to payment since", Kind.NUMBER, 12),
    Column("How sure", Kind.TEXT, 16),
    Column("Certainty", Kind.CERTAINTY, 11),
    Column("Dollars a week", Kind.MONEY, 14),
    Column("Claims affected", Kind.COUNT, 11),
    Column("Explained signals", Kind.COUNT, 11),
    Column("Rank", Kind.NUMBER, 11),
    Column("Assigned to", Kind.TEXT, 22),
    Column("Snoozed until", Kind.DATE, 12),
    Column("Judgement", Kind.TEXT, 12),
    Column("Judged by", Kind.TEXT, 22),
    Column("Judged at (UTC)", Kind.MOMENT, 17),
    Column("Recovered", Kind.MONEY, 14),
    Column("Note", Kind.LONG_TEXT, 60),
)


def row(alert: Alert) -> Sequence[Any]:
    """An alert that was read with its relations; the judgement is the latest."""
    signal = alert.signal
    delay = signal.kind == SignalKind.PAYMENT_DELAY
    judgement = next(iter(alert.judgements.all()), None)
    return (
        headline(alert),
        STATE_WORDS[alert.state],
        alert.payer.name,
        signal.service_group.name if signal.service_group else None,
        CATEGORIES.get(signal.denial_category, signal.denial_category) or None,
        signal.location or None,
        KINDS[signal.kind].name,
        "worse" if signal.direction == Direction.WORSE else "better",
        signal.alarmed_on,
        signal.change_date,
        signal.change_date_low,
        signal.change_date_high,
        None if delay else signal.before,
        None if delay else signal.after,
        signal.before if delay else None,
        signal.after if delay else None,
        certainty_words(signal.certainty),
        signal.certainty,
        signal.dollars_per_week,
        signal.claims_affected,
        len(alert.related.all()),
        alert.rank_score,
        alert.assignee.name if alert.assignee else None,
        alert.snoozed_until,
        VERDICT_WORDS[judgement.verdict] if judgement else None,
        judgement.judged_by.name if judgement and judgement.judged_by else None,
        judgement.judged_at if judgement else None,
        judgement.recovered_amount if judgement else None,
        judgement.note if judgement else None,
    )
