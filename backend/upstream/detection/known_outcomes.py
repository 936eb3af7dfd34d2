"""How far the outcomes of claims were known on each day: for the organization, and payer by payer.

Told from the data of that day and before alone, so that a look back at a past day sees what could be seen on it.

**The organization.** Practices send their claims daily and fetch remittances less often, and a claim must not look
unpaid because nobody has fetched the file yet. Outcomes are known through the last day with outcomes whose fortnight
holds a fair share of the usual number; a few decisions dated far ahead of all others are mistyped.

**A payer.** The files of a week come in one payer at a time. A payer silent (no decision, no payment of any claim)
while others go on is judged through its last outcome for as long as its silence is no longer than usual plus a week:
its file may be yet to come. A longer silence is the payer's own, and counts in full, from its first day. The usual
longest silence is the longest but one of its last half-year: weekends, payment runs and holidays are in it, and one
stall or one lost file of the past does not excuse the next.

**A payer that brings nearly all outcomes** falls silent together with the organization. Its silence is measured
against the claims still being submitted: a practice that goes on sending claims and hears nothing for so long is told.
"""

from __future__ import annotations

import numpy as np

from upstream.detection.detectors.common import Booleans, Integers
from upstream.detection.detectors.payment_delay import LATE_FILE_DAYS, USUAL_DAYS

# A fortnight with less than this share of the usual outcomes has not been fetched yet, or holds mistyped dates.
FORTNIGHT = 14
KNOWN_SHARE = 0.1
USUAL_FORTNIGHTS = 13
# From this share on, what other payers bring is too little to tell a payer's silence from files not fetched.
NEARLY_ALL = 1 - KNOWN_SHARE


def last_usual_day(counts: Integers) -> Integers:
    """(days,) on each day, the last one so far with any of `counts` (days,) whose fortnight holds a fair share.

    The usual number of a fortnight is the median of those of the half-year before. The day itself while there is none.
    """
    day = np.arange(len(counts))
    sums = np.concatenate(([0], counts.cumsum()))
    fortnights = sums[day + 1] - sums[np.maximum(0, day + 1 - FORTNIGHT)]
    earlier = day[:, None] - FORTNIGHT * np.arange(1, USUAL_FORTNIGHTS + 1)
    told = (earlier >= 0).sum(axis=1)
    # Fortnights before the first day come last, so that the others' median lies in the middle of the first `told`.
    ordered = np.sort(np.where(earlier >= 0, fortnights[np.maximum(earlier, 0)], np.inf), axis=1)
    usual = (ordered[day, np.maximum(told - 1, 0) // 2] + ordered[day, told // 2]) / 2
    fair = (counts > 0) & ((told == 0) | (fortnights >= KNOWN_SHARE * usual))
    last = np.maximum.accumulate(np.where(fair, day, -1))
    return np.where(last < 0, day, last)


def known_through(outcomes: Integers, submissions: Integers) -> Integers:
    """(payers, days) on each day, the last one that each payer's outcomes were known for; what was known stays known.

    outcomes: (payers, days) claims decided or paid; submissions: (days,) claims submitted, of all payers.
    """
    payer, day = np.ogrid[: len(outcomes), : outcomes.shape[1]]
    organization, submitted = last_usual_day(outcomes.sum(axis=0)), last_usual_day(submissions)
    last = np.maximum.accumulate(np.where(outcomes > 0, day, -1), axis=1)
    # Of the last outcome within the organization's days: how long a silence after it is excused.
    heard = last[:, organization]
    excused, alone = _silences(outcomes, last)
    excused, alone = excused[payer, heard], alone[payer, heard]
    reach = np.where(alone, np.maximum(organization, submitted), organization)
    known = np.where(heard < 0, organization, np.where(reach - heard <= excused, heard, reach))
    return np.maximum.accumulate(known, axis=1)


def _silences(outcomes: Integers, last: Integers) -> tuple[Integers, Booleans]:
    """(payers, days) days of silence that are excused after each day with an outcome, and whether the payer is alone.

    last: (payers, days) last day with an outcome. Reckoned where the silence is longer than a file may be late.
    """
    days = outcomes.shape[1]
    excused, alone = np.full(outcomes.shape, LATE_FILE_DAYS), np.zeros(outcomes.shape, dtype=bool)
    later = last[:, LATE_FILE_DAYS + 1 :]
    payer, day = np.nonzero(later == np.arange(later.shape[1]))

    before = np.concatenate((np.full((len(last), 1), -1), last[:, :-1]), axis=1)
    silence = np.where((outcomes > 0) & (before >= 0), np.arange(days) - before - 1, -1)
    first = np.maximum(day + 1 - USUAL_DAYS, 0)
    ends = np.maximum(day[:, None] - np.arange(USUAL_DAYS), first[:, None])
    silences = silence[payer[:, None], ends]
    silences[ends - silences - 1 < first[:, None]] = -1
    longest, second = -np.partition(-silences, 1, axis=1)[:, :2].T
    excused[payer, day] += np.maximum(np.where(second >= 0, second, longest), 0)

    own, everybody = (
        np.concatenate((np.zeros((len(sums), 1), dtype=np.int64), sums), axis=1)
        for sums in (outcomes.cumsum(axis=1), outcomes.sum(axis=0, keepdims=True).cumsum(axis=1))
    )
    recent = own[payer, day + 1] - own[payer, first]
    alone[payer, day] = recent >= NEARLY_ALL * (everybody[0, day + 1] - everybody[0, first])
    return excused, alone
