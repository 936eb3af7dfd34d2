"""Reason codes in categories and words of our own."""

import pytest

from upstream.claims.denial_reasons import CATEGORIES, category_of, is_denial, label_of
from upstream.claims.models import Claim


@pytest.mark.parametrize(
    ("code", "category"),
    [
        ("197", "authorization"),
        ("27", "eligibility"),
        ("11", "coding"),
        ("16", "documentation"),
        ("50", "medical_necessity"),
        ("29", "timely_filing"),
        ("18", "duplicate"),
        ("96", "non_covered"),
        ("22", "coordination"),
        ("45", "contractual"),
        ("1", "patient_responsibility"),
        ("A1", "other"),
        ("999", "other"),
        ("", "other"),
    ],
)
def test_codes_belong_to_the_category_a_biller_looks_for(code: str, category: str) -> None:
    assert category_of(code) == category
    assert CATEGORIES[category]


@pytest.mark.parametrize("code", ["1", "2", "3", "45", "94", "23", "24", "253", "100"])
def test_reductions_by_contract_and_cost_sharing_are_no_denials(code: str) -> None:
    assert not is_denial(code)


@pytest.mark.parametrize("code", ["197", "96", "204", "27", "16", "18", "22", "A1", "999", "X9"])
def test_everything_else_is_one(code: str) -> None:
    assert is_denial(code)


def test_labels_are_short_and_unknown_codes_are_named() -> None:
    known = [label_of(str(number)) for number in range(1, 310) if "Adjustment reason" not in label_of(str(number))]
    assert len(known) > 100
    assert max(map(len, known)) <= 50
    assert label_of("305") == "Adjustment reason 305"


def test_categories_fit_their_column() -> None:
    width = Claim._meta.get_field("denial_category").max_length
    assert width is not None
    assert max(map(len, CATEGORIES)) <= width
