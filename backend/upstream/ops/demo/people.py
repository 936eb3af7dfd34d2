"""Invented people and identifiers. No name, number or company here is meant to be anybody's."""

import numpy as np

GIVEN_NAMES = """
Alder Amber Aspen Aster Basil Birch Briar Cedar Clover Coral Daisy Dove Ember Fern Flint Garnet Ginger Hazel Heath
Heather Holly Indigo Iris Ivy Jasmine Jasper Juniper Lark Laurel Lavender Linden Lupin Maple Marigold Moss Myrtle Olive
Opal Peony Poppy Quill Raven Reed River Robin Rowan Saffron Sage Sorrel Sparrow Tansy Teal Thyme Violet Willow Wren
Yarrow Zinnia
""".split()
_FIRST_HALVES = """
Acorn Barley Bracken Bramble Button Candle Cobble Copper Cotton Drizzle Feather Gravel Harvest Kettle Lantern Meadow
Mitten Nettle Paddle Pebble Pepper Pocket Puddle Quartz Ribbon Saddle Shingle Thimble Timber Velvet
""".split()
_SECOND_HALVES = """
brook cote croft dale fell field garth hollow mere moor reach rill row shaw thorpe wick
""".split()
FAMILY_NAMES = [first + second for first in _FIRST_HALVES for second in _SECOND_HALVES]

#: National provider identifiers begin with 1 or 2. Those handed out so far all begin with 1, so these belong to nobody.
_NPI_FIRST_DIGIT = 2


def npi(number: int) -> str:
    """The provider identifier with its check digit (Luhn over 80840 + nine digits, 45 CFR 162.406).

    number: 0..99,999,999, the digits between the first and the check digit.
    """
    body = f"{_NPI_FIRST_DIGIT}{number:08d}"
    total = 24  # what the prefix 80840 adds
    for place, digit in enumerate(reversed(body)):
        doubled = int(digit) * (1 if place % 2 else 2)
        total += doubled - 9 if doubled > 9 else doubled
    return body + str(-total % 10)


def names(count: int, rng: np.random.Generator) -> list[tuple[str, str]]:
    """(family, given) names of `count` people, each pair of words at most once until the words are used up."""
    pairs = len(FAMILY_NAMES) * len(GIVEN_NAMES)
    chosen = rng.permutation(max(pairs, count))[:count] % pairs
    families, givens = np.divmod(chosen, len(GIVEN_NAMES))
    return [(FAMILY_NAMES[family], GIVEN_NAMES[given]) for family, given in zip(families, givens, strict=True)]
