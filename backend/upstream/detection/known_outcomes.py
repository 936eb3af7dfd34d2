"""How far the outcomes of claims are known: for the organization, and payer by payer.

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

from upstream.detection.detectors.common import Integers

# A fortnight with less than this share of the usual outcomes has not been fetched yet, or holds mistyped dates.
FORTNIGHT = 14
KNOWN_SHARE = 0.1
USUAL_FORTNIGHTS = 13
# From this share on, what other payers bring is too little to tell a payer's silence from files not fetched.
NEARLY_ALL = 1 - KNOWN_SHARE
USUAL_DAYS = 180
# Days a file may come later than the payer's longest usual silence.
LATE_FILE_DAYS = 7


def last_usual_day(counts: Integers) -> int:
    """Last day of `counts` (days,) with any whose fortnight holds a fair share of the usual number.

    The usual number is the median of the fortnights of the half-year before. The last day where there are none.
    """
    sums = np.concatenate(([0], counts.cumsum()))
    for day in np.flatnonzero(counts)[::-1]:
        ends = np.arange(day - FORTNIGHT, -1, -FORTNIGHT)[:USUAL_FORTNIGHTS] + 1
        fortnights = sums[ends] - sums[np.maximum(0, ends - FORTNIGHT)]
        recent = sums[day + 1] - sums[max(0, day + 1 - FORTNIGHT)]
        if not fortnights.size or recent >= KNOWN_SHARE * np.median(fortnights):
            return int(day)
    return len(counts) - 1


def known_through(outcomes: Integers, submissions: Integers) -> Integers:
    """(payers,) the last day each payer's outcomes are known for.

    outcomes: (payers, days) claims decided or paid; submissions: (days,) claims submitted, of all payers.
    """
    everybody = outcomes.sum(axis=0)
    organization, submitted = last_usual_day(everybody), last_usual_day(submissions)
    known = np.full(len(outcomes), organization, dtype=np.int64)
    for payer, own in enumerate(outcomes):
        days = np.flatnonzero(own[: organization + 1])
        if not days.size:
            continue
        last = int(days[-1])
        recent = slice(max(0, last + 1 - USUAL_DAYS), last + 1)
        alone = own[recent].sum() >= NEARLY_ALL * everybody[recent].sum()
        reach = max(organization, submitted) if alone else organization
        silences = np.sort(np.diff(days[days >= recent.start]) - 1)
        usual = int(silences[-2:][0]) if silences.size else 0
        known[payer] = last if reach - last <= usual + LATE_FILE_DAYS else reach
    return known
