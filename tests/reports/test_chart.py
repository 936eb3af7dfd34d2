"""The control chart: what it draws for any series, and that it can be read in black and white."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upstream.reports.pdf.chart import HEIGHT, WIDTH, Marks, control_chart

SVG = "{http://www.w3.org/2000/svg}"
CHANGE = date(2026, 3, 3)
MARKS = Marks(CHANGE, date(2026, 2, 27), date(2026, 3, 6), date(2026, 3, 14))


def point(day: date, rate: float | None, **more: Any) -> dict[str, Any]:
    values = {"count": 10, "events": 1, "expected": 1.0, "baseline": 0.1, "statistic": 2.0, "threshold": 8.2}
    return {"day": day.isoformat(), "rate": rate, **values, **more}


def points(number: int, rate: float | None = 0.1) -> list[dict[str, Any]]:
    return [point(date(2026, 1, 1) + timedelta(days=i), rate) for i in range(number)]


def drawn(series: list[dict[str, Any]], marks: Marks = MARKS) -> ElementTree.Element:
    return ElementTree.fromstring(control_chart(series, marks, rate_label="Denial rate"))


def texts(chart: ElementTree.Element) -> dict[str, ElementTree.Element]:
    return {element.text or "": element for element in chart.iter(f"{SVG}text")}


def test_it_names_what_it_draws_beside_it() -> None:
    said = texts(drawn(points(90)))
    for label in ("Denial rate", "Expected", "Changed 3 Mar 2026", "Alarm 14 Mar 2026", "Alarm threshold", "Evidence"):
        assert label in said


def test_lines_differ_by_more_than_their_color() -> None:
    lines = drawn(points(90)).iter(f"{SVG}polyline")
    looks = {(line.get("stroke-dasharray"), line.get("stroke-width")) for line in lines}
    assert len(looks) == 3, "rate, baseline and threshold each have a look of their own"


def test_days_without_a_rate_break_the_line() -> None:
    series = points(30)
    for missing in (10, 20):
        series[missing]["rate"] = None
    solid = [line for line in drawn(series).iter(f"{SVG}polyline") if line.get("stroke-dasharray") is None]
    assert [len((line.get("points") or "").split()) for line in solid] == [10, 9, 9]


def test_a_lone_day_between_days_without_a_rate_is_a_dot() -> None:
    series = points(5, None)
    series[2]["rate"] = 0.2
    assert len(list(drawn(series).iter(f"{SVG}circle"))) == 1


def test_the_band_spans_the_days_of_the_change() -> None:
    [band] = drawn(points(90)).iter(f"{SVG}rect")
    wide = Marks(CHANGE, date(2026, 2, 1), date(2026, 3, 20), date(2026, 3, 21))
    [wider] = drawn(points(90), wide).iter(f"{SVG}rect")
    assert float(wider.get("width") or 0) > 3 * float(band.get("width") or 0)


def test_a_change_on_one_certain_day_still_shows() -> None:
    [band] = drawn(points(90), Marks(CHANGE, CHANGE, CHANGE, CHANGE)).iter(f"{SVG}rect")
    assert float(band.get("width") or 0) >= 2


def test_labels_at_the_end_do_not_stand_on_one_another() -> None:
    said = texts(drawn(points(90, 0.1)))
    assert abs(float(said["Denial rate"].get("y") or 0) - float(said["Expected"].get("y") or 0)) >= 10


def test_month_labels_keep_their_distance_over_years() -> None:
    chart = drawn(points(1100))
    places = [
        float(element.get("x") or 0)
        for element in chart.iter(f"{SVG}text")
        if float(element.get("y") or 0) > HEIGHT - 10
    ]
    assert len(places) >= 5
    assert all(after - before > 40 for before, after in pairwise(places))


@pytest.mark.parametrize("highest", [0.0004, 0.03, 0.24, 0.5, 1.0])
def test_the_scale_is_round_and_holds_every_rate(highest: float) -> None:
    series = [point(date(2026, 3, 1) + timedelta(days=i), highest * i / 20, baseline=highest / 3) for i in range(21)]
    labels = [float(text.removesuffix("%")) for text in texts(drawn(series)) if text.endswith("%")]
    assert labels[0] == 0
    assert labels[-1] >= highest * 100 * 0.999
    assert 3 <= len(labels) <= 7


def test_a_label_is_text() -> None:
    ElementTree.fromstring(control_chart(points(3), MARKS, rate_label="<script>&"))


@given(
    st.lists(
        st.tuples(
            st.none() | st.floats(0, 1),
            st.none() | st.floats(0, 1),
            st.floats(0, 700),
            st.floats(0.5, 20),
        ),
        min_size=1,
        max_size=60,
    ),
    st.integers(-400, 400),
)
def test_everything_is_drawn_inside_the_picture(values: list[tuple[Any, ...]], offset: int) -> None:
    start = CHANGE + timedelta(days=offset)
    series = [
        point(start + timedelta(days=i), rate, baseline=baseline, statistic=statistic, threshold=threshold)
        for i, (rate, baseline, statistic, threshold) in enumerate(values)
    ]
    chart = drawn(series)
    for line in (*chart.iter(f"{SVG}polyline"), *chart.iter(f"{SVG}polygon")):
        for pair in (line.get("points") or "").split():
            x, y = map(float, pair.split(","))
            assert 0 <= x <= WIDTH and 0 <= y <= HEIGHT
    for element in chart.iter(f"{SVG}text"):
        assert 0 <= float(element.get("x") or -1) <= WIDTH and 0 <= float(element.get("y") or -1) <= HEIGHT
