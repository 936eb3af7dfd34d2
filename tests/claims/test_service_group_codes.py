"""Codes as people write them; and that by the rule every code belongs to exactly one group."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upstream.claims.models import ServiceGroup
from upstream.claims.service_group_codes import MOST_RANGES, overlaps, ranges_of, written
from upstream.claims.service_groups import DEFAULT_SERVICE_GROUPS, GroupIndex

Spans = list[tuple[int, int, int]]
"""First number, last number and group."""


def spans_of(numbers: range, groups: int) -> st.SearchStrategy[Spans]:
    ends = st.tuples(st.sampled_from(numbers), st.sampled_from(numbers)).map(sorted)
    return st.lists(st.tuples(ends, st.integers(0, groups - 1)).map(lambda each: (*each[0], each[1])), max_size=12)


SPANS = spans_of(range(100, 130), 4)


def code(number: int) -> str:
    return f"J{number:04}"


def told(spans: Spans) -> list[tuple[str, list[tuple[str, str]]]]:
    return [(str(group), [(code(first), code(last)) for first, last, of in spans if of == group]) for group in range(4)]


def shares_codes(one: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def lies_within(one: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    return other[0] <= one[0] and one[1] <= other[1] and one[:2] != other[:2]


@given(SPANS)
def test_every_overlap_that_leaves_codes_undecided_is_found_and_no_other(spans: Spans) -> None:
    undecided = any(
        shares_codes(one, other) and not lies_within(one, other) and not lies_within(other, one)
        for one, other in combinations(spans, 2)
    )
    found = overlaps(told(spans))
    assert any(not each.nested for each in found) == undecided
    assert bool(found) == any(shares_codes(one, other) for one, other in combinations(spans, 2))


@given(SPANS, st.integers(95, 135))
def test_a_code_belongs_to_the_narrowest_range_it_lies_in(spans: Spans, number: int) -> None:
    kept: Spans = []
    for span in spans:
        if all(not each.nested for each in overlaps(told([*kept, span]))) and overlaps(told([*kept, span])):
            continue
        if all(each.nested for each in overlaps(told([*kept, span]))):
            kept.append(span)
    groups = [ServiceGroup(name=name, ranges=[list(each) for each in ranges]) for name, ranges in told(kept) if ranges]
    rest = ServiceGroup(name="rest")
    around = [span for span in kept if span[0] <= number <= span[1]]
    narrowest = min(around, key=lambda span: span[1] - span[0], default=None)
    found = GroupIndex([*groups, rest]).group_of(code(number))
    name = next(group.name for group in [*groups, rest] if group.pk == found)
    assert name == ("rest" if narrowest is None else str(narrowest[2]))


@given(SPANS)
def test_what_is_written_is_read_as_it_was(spans: Spans) -> None:
    ranges = list(dict.fromkeys((code(first), code(last)) for first, last, _ in spans))
    assert ranges_of(", ".join(written(ranges))) == ranges


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("99202-99215, G0402", [("99202", "99215"), ("G0402", "G0402")]),
        ("99202 – 99215\n0450;  j1885", [("99202", "99215"), ("0450", "0450"), ("J1885", "J1885")]),
        ("0100T-0105T G0402 G0402", [("0100T", "0105T"), ("G0402", "G0402")]),
        (" ,\n ", []),
    ],
)
def test_codes_are_read_as_people_write_them(text: str, ranges: list[tuple[str, str]]) -> None:
    assert ranges_of(text) == ranges


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("99202, visits", "VISITS is no procedure code and no range of them. Write codes like 99213"),
        ("99202-", "99202- is no procedure code"),
        ("99202-99215-99220", "99202-99215-99220 is no procedure code"),
        ("9" * 5000, "9…  is no procedure code".replace("  ", " ")),
        ("99202-G0402", "99202 and G0402 are codes of two forms"),
        ("0450-00460", "0450 and 00460 are codes of two forms"),
        ("99215-99202", "99215-99202 ends before it begins. Write 99202-99215."),
        (" ".join(str(10000 + n) for n in range(MOST_RANGES + 1)), f"write at most {MOST_RANGES}"),
    ],
)
def test_what_is_no_code_is_named_with_the_remedy(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=r"\.$") as refused:
        ranges_of(text)
    assert sentence in str(refused.value)


def test_the_groups_everyone_begins_with_stand_apart() -> None:
    assert overlaps(DEFAULT_SERVICE_GROUPS) == []
