"""Plain charts as SVG: lines over days, and dots with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

# Okabe and Ito's colours, which colour-blind people tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#999999")
GOOD, BAD = COLOURS[:2]
INK, QUIET, GRID = "#222222", "#666666", "#dddddd"
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 56, 46
WIDTH, HEIGHT = 840, 400
BESIDE = 290
LINE = 18


@dataclass(frozen=True, slots=True)
class Axis:
    """What an axis shows, from `low` to `high`, and where it is marked."""

    title: str
    low: float
    high: float
    ticks: Sequence[float]

    def at(self, value: float) -> float:
        """Where a value lies, 0 at the low end and 1 at the high one."""
        return (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)


@dataclass(frozen=True, slots=True)
class Line:
    """A named line; the mark is a point that stands out; a heavy line is drawn in black, above the others."""

    name: str
    points: Sequence[tuple[float, float]]
    mark: tuple[float, float] | None = None
    heavy: bool = False


def line_chart(title: str, x: Axis, y: Axis, lines: Sequence[Line], levels: Sequence[tuple[float, str]] = ()) -> str:
    """Lines with their names beside the chart; levels are (value of y, words) drawn across."""
    width, height = WIDTH - LEFT - BESIDE, HEIGHT - TOP - BOTTOM

    def place(point: tuple[float, float]) -> tuple[float, float]:
        return LEFT + x.at(point[0]) * width, TOP + (1 - y.at(point[1])) * height

    parts = [_text(LEFT, 22, title, size=15, weight="bold")]
    for tick in y.ticks:
        across = place((x.low, tick))[1]
        parts += [_segment(LEFT, across, LEFT + width, across, GRID), _text(LEFT - 8, across + 4, f"{tick:g}", "end")]
    for tick in x.ticks:
        parts.append(_text(place((tick, 0))[0], TOP + height + 18, f"{tick:g}", "middle"))
    parts.append(_text(LEFT + width / 2, HEIGHT - 8, x.title, "middle"))
    parts.append(_text(LEFT, TOP - 8, y.title))
    for value, words in levels:
        across = place((x.low, value))[1]
        parts += [
            _segment(LEFT, across, LEFT + width, across, QUIET, "4 4"),
            _text(LEFT + width, across - 5, words, "end"),
        ]
    for number, line in reversed(list(enumerate(lines))):
        colour, thick = (INK, 3.0) if line.heavy else (COLOURS[number % len(COLOURS)], 2.0)
        dashes = "6 3" if number >= len(COLOURS) and not line.heavy else ""
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in map(place, line.points))
        parts.append(f'<polyline points="{path}" fill="none" {_stroke(colour, thick, dashes)}/>')
        if line.mark:
            a, b = place(line.mark)
            parts.append(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="5" fill="white" {_stroke(colour, thick)}/>')
        level, beside = TOP + 12 + number * LINE, LEFT + width + 12
        parts.append(_segment(beside, level - 4, beside + 18, level - 4, colour, dashes, thick))
        parts.append(_text(beside + 24, level, line.name))
    return _svg(HEIGHT, title, parts)


@dataclass(frozen=True, slots=True)
class Dot:
    """A named value with its interval; a group's name stands before its first dot."""

    group: str
    name: str
    value: float
    low: float
    high: float


def dot_chart(title: str, x: Axis, dots: Sequence[Dot], limit: float, words: str) -> str:
    """One row for each dot, grouped, with a line at the limit; dots beyond it are drawn in another colour.

    A value beyond the axis stands at its end, in figures.
    """
    left = 330
    width = WIDTH - left - RIGHT
    groups = list(dict.fromkeys(dot.group for dot in dots))
    bottom = TOP + LINE * (len(dots) + len(groups)) + 6

    def place(value: float) -> float:
        return left + x.at(value) * width

    parts = [_text(16, 22, title, size=15, weight="bold")]
    for tick in x.ticks:
        parts += [
            _segment(place(tick), TOP, place(tick), bottom, GRID),
            _text(place(tick), bottom + 16, f"{tick:g}", "middle"),
        ]
    parts.append(_segment(place(limit), TOP - 6, place(limit), bottom, QUIET, "4 4"))
    parts += [_text(place(limit) + 5, TOP - 2, words), _text(left + width / 2, bottom + 36, x.title, "middle")]
    row = TOP
    for group in groups:
        row += LINE
        parts.append(_text(16, row, group, weight="bold"))
        for dot in (dot for dot in dots if dot.group == group):
            row += LINE
            colour = GOOD if dot.value <= limit else BAD
            parts.append(_text(28, row, dot.name))
            parts.append(_segment(place(dot.low), row - 4, place(dot.high), row - 4, colour, width=2))
            parts.append(f'<circle cx="{place(dot.value):.1f}" cy="{row - 4}" r="4" fill="{colour}"/>')
            if dot.value > x.high:
                parts.append(_text(place(dot.value) - 8, row, f"{dot.value:.2f} →", "end"))
    return _svg(bottom + 46, title, parts)


def _svg(height: float, title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="12" fill="{INK}">\n<title>{escape(title)}</title>\n'
        f'<rect width="100%" height="100%" fill="white"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _text(x: float, y: float, words: str, anchor: str = "start", size: int = 12, weight: str = "normal") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}">'
        f"{escape(words)}</text>"
    )


def _segment(x1: float, y1: float, x2: float, y2: float, colour: str, dashes: str = "", width: float = 1) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" {_stroke(colour, width, dashes)}/>'


def _stroke(colour: str, width: float, dashes: str = "") -> str:
    return f'stroke="{colour}" stroke-width="{width:g}"' + (f' stroke-dasharray="{dashes}"' if dashes else "")
