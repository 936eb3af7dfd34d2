"""Money a payer takes back: reversals of claims (CLP02 = 22), and recoupments from a payment (PLB of an 835).

Amounts are signed as they change the payment: what lowers it is taken back, what raises it is given back or put off.
ASC X12 005010X221 (1.10.2.17) lets a payer reverse a claim, keep the payment whole with a negative WO, and take the
money from a later payment with a positive one: with their signs the three come to one takeback.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from upstream.core.money import ZERO

#: CLP02 of a decision that takes an earlier one back.
REVERSAL = "22"

#: Reasons of provider adjustments (X12 data element 426) by which a payer recovers what it paid before. Not among them:
#: FB, which carries a balance from one payment to the next after its causes were told; CS, any adjustment; E3, IR, LE
#: and L3, which keep money for other reasons (withholds, taxes, levies, penalties); fees, interest, capitation and
#: settlements.
RECOUPMENTS: dict[str, str] = {
    "WO": "Recovery of an overpayment",
    "WU": "Recovery that is not specified",
    "OB": "Recovery of an affiliated practice's overpayment",
    # Beside a WO of the same amount, where the practice has sent the money back itself: the two come to nothing.
    "72": "Refund of the practice, acknowledged",
}


def takebacks(amounts: Iterable[Decimal]) -> tuple[int, Decimal]:
    """How many takebacks amounts in USD come to, those given back taken off, and their sum."""
    count, total = 0, ZERO
    for amount in amounts:
        count += (amount > 0) - (amount < 0)
        total += amount
    return count, total


def recouped(provider_adjustments: Iterable[Sequence[str]]) -> tuple[int, Decimal]:
    """Takebacks among the provider adjustments of a remittance: [reason, reference, amount] each."""
    return takebacks(Decimal(amount) for reason, _, amount in provider_adjustments if reason in RECOUPMENTS)
