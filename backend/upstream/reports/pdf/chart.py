"""The control chart as SVG: what happened against what was expected, and the evidence against its threshold.

It is read in black and white: a solid and a dashed line, a hatched band, labels beside what they name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 704, 300
LEFT, RIGHT, TOP, BOTTOM = 42, 100, 30, 20
LOWER_HEIGHT, GAP = 58, 32
UPPER_BOTTOM = HEIGHT - BOTTOM - LOWER_HEIGHT - GAP
LOWER_TOP = HEIGHT - BOTTOM - LOWER_HEIGHT
INK, SOFT, FAINT, BAND, ACCENT = "#17202a", "#5b6673", "#dde2e7", "#f1e3c4", "#0b5a5e"
LABEL_HEIGHT = 11
PIXELS_A_MONTH = 46


@dataclass(frozen=True, slots=True)
class Marks:
    """The days a chart marks."""

    change: date
    change_low: date
    change_high: date
    alarm: date


@dataclass(frozen=True, slots=True)
class _Frame:
    """From days and values to places."""

    first: date
    last: date
    highest: float
    strongest: float

    def x(self, day: date) -> float:
        span = max((self.last - self.first).days, 1)
        inside = min(max((day - self.first).days, 0), span)
        return LEFT + (WIDTH - LEFT - RIGHT) * inside / span

    def y(self, value: float) -> float:
        return UPPER_BOTTOM - (UPPER_BOTTOM - TOP) * min(value / self.highest, 1)

    def evidence(self, value: float) -> float:
        return HEIGHT - BOTTOM - LOWER_HEIGHT * min(max(value, 0) / self.strongest, 1)


def control_chart(series: Sequence[dict[str, Any]], marks: Marks, *, rate_label: str) -> str:
    """An SVG document of a signal's series (points as in `Signal.series`, in order of days, not empty)."""
    days = [date.fromisoformat(point["day"]) for point in series]
    values = [value for point in series for value in (point["rate"], point["baseline"]) if value is not None]
    strongest = max(max(point["statistic"], point["threshold"]) for point in series) or 1
    highest = max(values, default=0)
    # Series come with six places.
    highest = highest if highest >= 1e-6 else 0.01
    step = _step(highest)
    frame = _Frame(days[0], days[-1], math.ceil(highest / step) * step, strongest * 1.08)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        ' font-family="Inter, DejaVu Sans, sans-serif" font-size="8.5">',
        *_axes(frame, step),
        *_change(frame, marks),
        *_values(frame, days, series, rate_label),
        *_evidence(frame, days, series, marks),
        "</svg>",
    ]
    return "".join(parts)


def _step(highest: float) -> float:
    """A round distance of ticks that makes about four of them."""
    rough = highest / 4
    power = 10 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)


def _axes(frame: _Frame, step: float) -> Iterator[str]:
    right = WIDTH - RIGHT
    for number in range(round(frame.highest / step) + 1):
        value = number * step
        y = frame.y(value)
        yield _line(LEFT, y, right, y, FAINT if number else SOFT, 0.7)
        yield _text(LEFT - 6, y + 3, f"{value * 100:.3g}%", SOFT, "end")
    for month in _months(frame):
        x = frame.x(month)
        yield _line(x, TOP, x, UPPER_BOTTOM, FAINT, 0.5)
        yield _line(x, HEIGHT - BOTTOM, x, HEIGHT - BOTTOM + 3, SOFT, 0.7)
        yield _text(x, HEIGHT - 6, f"{month:%b %Y}" if month.month == 1 else f"{month:%b}", SOFT, "middle")
    yield _line(LEFT, HEIGHT - BOTTOM, right, HEIGHT - BOTTOM, SOFT, 0.7)


def _months(frame: _Frame) -> list[date]:
    """Firsts of months within the frame, thinned until their labels have room."""
    found, year, month = [], frame.first.year, frame.first.month
    while True:
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        if date(year, month, 1) > frame.last:
            break
        found.append(date(year, month, 1))
    return found[:: max(1, math.ceil(len(found) * PIXELS_A_MONTH / (WIDTH - LEFT - RIGHT)))]


def _change(frame: _Frame, marks: Marks) -> Iterator[str]:
    left, right, x = frame.x(marks.change_low), frame.x(marks.change_high), frame.x(marks.change)
    bottom = HEIGHT - BOTTOM
    width = max(right - left, 3)
    yield f'<rect x="{left:.1f}" y="{TOP}" width="{width:.1f}" height="{bottom - TOP}" fill="{BAND}"/>'
    for edge in (left, left + width):
        yield _line(edge, TOP, edge, bottom, SOFT, 0.5, "1.5 2")
    yield _line(x, TOP - 6, x, bottom, INK, 1.1)
    yield _text(x + 5, TOP - 8, f"Changed {marks.change.day} {marks.change:%b %Y}", INK, "start", bold=True)


def _values(frame: _Frame, days: list[date], series: Sequence[dict[str, Any]], rate_label: str) -> Iterator[str]:
    rates, baselines = [point["rate"] for point in series], [point["baseline"] for point in series]
    yield from _course(frame, days, baselines, frame.y, f'stroke="{SOFT}" stroke-width="1.3" stroke-dasharray="5 3"')
    yield from _course(frame, days, rates, frame.y, f'stroke="{ACCENT}" stroke-width="1.9" stroke-linejoin="round"')
    ends = [
        (frame.y(value), label, color)
        for value, label, color in (
            (_last(rates), rate_label, ACCENT),
            (_last(baselines), "Expected", SOFT),
        )
        if value is not None
    ]
    for y, label, color in _apart(ends):
        yield _text(WIDTH - RIGHT + 6, y + 3, label, color, "start", bold=True)


def _evidence(frame: _Frame, days: list[date], series: Sequence[dict[str, Any]], marks: Marks) -> Iterator[str]:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    outline = " ".join(
        f"{frame.x(day):.1f},{frame.evidence(point['statistic']):.1f}" for day, point in zip(days, series, strict=True)
    )
    yield (
        f'<polygon points="{frame.x(days[0]):.1f},{bottom} {outline} {frame.x(days[-1]):.1f},{bottom}"'
        f' fill="#c3cad2" stroke="{INK}" stroke-width="0.8"/>'
    )
    thresholds = [point["threshold"] for point in series]
    dotted = f'stroke="{INK}" stroke-width="0.9" stroke-dasharray="2 2"'
    yield from _course(frame, days, thresholds, frame.evidence, dotted)
    ends = [(thresholds[-1], "Alarm threshold", SOFT), (series[-1]["statistic"], "Evidence", INK)]
    for y, label, color in _apart([(frame.evidence(value), label, color) for value, label, color in ends]):
        yield _text(right + 6, y + 3, label, color, "start", bold=True)
    x = frame.x(marks.alarm)
    yield _line(x, LOWER_TOP - 10, x, bottom, INK, 1.4)
    top = LOWER_TOP - 16
    yield f'<polygon points="{x - 4:.1f},{top} {x + 4:.1f},{top} {x:.1f},{top + 6}" fill="{INK}"/>'
    yield _text(x + 7, LOWER_TOP - 10, f"Alarm {marks.alarm.day} {marks.alarm:%b %Y}", INK, "start", bold=True)


def _course(
    frame: _Frame, days: list[date], values: Sequence[float | None], place: Callable[[float], float], look: str
) -> Iterator[str]:
    """Lines through the days that have a value, broken where none has."""
    piece: list[str] = []
    for day, value in zip([*days, frame.last], [*values, None], strict=True):
        if value is not None:
            piece.append(f"{frame.x(day):.1f},{place(value):.1f}")
            continue
        if len(piece) > 1:
            yield f'<polyline points="{" ".join(piece)}" fill="none" {look}/>'
        elif piece:
            x, y = piece[0].split(",")
            yield f'<circle cx="{x}" cy="{y}" r="1.2" fill="{ACCENT}"/>'
        piece = []


def _last(values: Sequence[float | None]) -> float | None:
    return next((value for value in reversed(values) if value is not None), None)


def _apart(labels: list[tuple[float, str, str]]) -> list[tuple[float, str, str]]:
    """Labels moved so that none stands on another."""
    placed: list[tuple[float, str, str]] = []
    for y, label, color in sorted(labels):
        lowest = placed[-1][0] + LABEL_HEIGHT if placed else y
        placed.append((max(y, lowest), label, color))
    return placed


def _line(x1: float, y1: float, x2: float, y2: float, color: str, width: float, dashes: str = "") -> str:
    look = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}" stroke-width="{width}"{look}/>'
    )


def _text(x: float, y: float, text: str, color: str, anchor: str, *, bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{color}" text-anchor="{anchor}"{weight}>{escape(text)}</text>'
