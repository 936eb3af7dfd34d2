"""What the figures say: the bars, the printed tables, and the generated parts of docs/detection.md with its charts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.detection import scoring
from benchmarks.detection.charts import Axis, Dot, Line, dot_chart, line_chart
from benchmarks.detection.experiment import OURS, TRADED_WITHIN, Bar, Kind
from benchmarks.detection.panels import LOOKED_ON

PAGE = Path(__file__).resolve().parents[2] / "docs" / "detection.md"
IMAGES = PAGE.parent / "images" / "detection"
FIFTHS, TENTHS = (0, 0.2, 0.4, 0.6, 0.8, 1), (0, 0.1, 0.2, 0.3, 0.4, 0.5)
MOST_TRADED = 0.5
Results = dict[str, dict[str, Any]]


def bars(kinds: Sequence[Kind], results: Results) -> dict[str, dict[str, Any]]:
    """{figure: {value, target, holds}}: false alarms of each kind in each scenario, and what must be found."""
    found = {}
    for kind in kinds:
        for scenario in kind.scenarios:
            figures = results[kind.name][scenario.name]
            rate = round(figures["false_alarms"]["rate"], 3)
            name = f"{kind.name}_false_alarms_{scenario.name}"
            found[name] = {"value": rate, "target": scoring.PROMISED, "holds": rate <= scoring.PROMISED}
        for where, asked in kind.bars.items():
            for bar in asked:
                name, value, target = _judged(kind, bar, results[kind.name][where])
                found[f"{name}_{where}"] = {
                    "value": None if np.isinf(value) else value,
                    "target": target,
                    "holds": value >= target if bar.within else value <= target,
                }
    return found


def _judged(kind: Kind, bar: Bar, figures: dict[str, Any]) -> tuple[str, float, float]:
    told = figures["shipped"][bar.factor]
    if bar.within:
        return f"{kind.name}_x{bar.factor:g}_found_{bar.within}", round(told["found"][bar.within], 3), bar.least_share
    return f"{kind.name}_x{bar.factor:g}_median_days", told["days"][0], bar.most_days


def printed(kinds: Sequence[Kind], results: Results) -> Iterable[str]:
    """The tables for people."""
    for kind in kinds:
        yield f"{kind.title}, as shipped"
        heads = [f"{_factor(factor)} ≤ 60 d" for factor in kind.factors]
        yield f"  {'scenario':42}{'false alarms / year':>24}" + "".join(f"{head:>14}" for head in heads)
        for scenario in kind.scenarios:
            figures = results[kind.name][scenario.name]
            shares = [figures["shipped"][factor]["found"][TRADED_WITHIN] for factor in kind.factors]
            rate = _between(figures["false_alarms"]["rate"], figures["false_alarms"]["interval"], 3)
            yield f"  {scenario.title:42}{rate:>24}" + "".join(f"{_share(share):>14}" for share in shares)
        for scenario in kind.scenarios:
            yield f"  at {scoring.PROMISED:g} false alarms each, {scenario.title}"
            for rule, figures in results[kind.name][scenario.name]["equal"].items():
                cells = [
                    f"{_factor(factor)} " + " ".join(_share(told["found"][day]) for day in scoring.WITHIN)
                    + f" {_days(told['days'][0]):>5} d"
                    for factor, told in figures["found"].items()
                ]  # fmt: skip
                yield f"    {rule:26}" + "   ".join(cells)
        yield ""


def write(kinds: Sequence[Kind], results: Results, judged: dict[str, dict[str, Any]]) -> None:
    """Write the generated parts of the page, and the charts. Raises ValueError where page and parts do not agree."""
    parts = {"bars": _bars_table(judged), "misses": _misses(kinds, results)}
    for kind in kinds:
        parts |= {
            f"{kind.name} shipped": _shipped_table(kind, results[kind.name]),
            f"{kind.name} equal": _scenario_table(kind, results[kind.name]),
            f"{kind.name} size": _size(kind, results[kind.name]),
        }
        first = results[kind.name][kind.scenarios[0].name]
        parts[f"{kind.name} rules"] = _rules_table(kind, first)
        parts[f"{kind.name} bands"] = _bands_table(kind, first)
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name, drawing in charts(kinds, results).items():
        (IMAGES / f"{name}.svg").write_text(drawing)
    PAGE.write_text(filled(PAGE.read_text(), parts))


def filled(page: str, parts: dict[str, str]) -> str:
    """The page with each part between its marks, `<!-- figures: NAME -->` and `<!-- end -->`."""
    marks = re.compile(r"<!-- figures: (.+?) -->\n.*?<!-- end -->", re.DOTALL)
    named = set(marks.findall(page))
    if named != set(parts):
        raise ValueError(f"the page's marks and the parts differ: {sorted(named ^ set(parts))}")
    return marks.sub(lambda mark: f"<!-- figures: {mark[1]} -->\n{parts[mark[1]]}\n<!-- end -->", page)


def charts(kinds: Sequence[Kind], results: Results) -> dict[str, str]:
    """Name of the file -> drawing."""
    drawn = {"false_alarms": _false_alarm_chart(kinds, results)}
    for kind in kinds:
        drawn[f"{kind.name}_found"] = _found_chart(kind, results[kind.name])
        drawn[f"{kind.name}_trade_off"] = _trade_off_chart(kind, results[kind.name])
    return drawn


def _false_alarm_chart(kinds: Sequence[Kind], results: Results) -> str:
    dots = []
    for kind in kinds:
        for scenario in kind.scenarios:
            figures = results[kind.name][scenario.name]["false_alarms"]
            dots.append(Dot(kind.title, scenario.title, figures["rate"], *figures["interval"]))
    axis = Axis(
        "false alarms per stream and year, both directions, as shipped", 0, 0.25, (0, 0.05, 0.1, 0.15, 0.2, 0.25)
    )
    return dot_chart("Called for nothing", axis, dots, scoring.PROMISED, "promised")


def _found_chart(kind: Kind, results: dict[str, Any]) -> str:
    equal = results[kind.scenarios[0].name]["equal"]
    lines = [
        Line(rule, list(enumerate([0.0, *equal[rule]["found"][kind.shown]["by_day"]])), heavy=rule == OURS)
        for rule in sorted(equal, key=lambda rule: rule == OURS)
    ]
    days = Axis("days since the change", 0, LOOKED_ON, (0, 14, 30, 60, 90, 120, 150, 180))
    title = f"{kind.title}: changes {_factor(kind.shown)}, at {scoring.PROMISED:g} false alarms a year"
    return line_chart(title, days, Axis("share found", 0, 1, FIFTHS), lines)


def _trade_off_chart(kind: Kind, results: dict[str, Any]) -> str:
    lines = []
    for scenario in kind.scenarios:
        figures = results[scenario.name]
        points = [(point["false_alarms"], point[f"{kind.shown:g}"]) for point in figures["curve"]]
        ours = (figures["false_alarms"]["rate"], figures["shipped"][kind.shown]["found"][TRADED_WITHIN])
        lines.append(Line(scenario.title, [point for point in points if point[0] <= MOST_TRADED], mark=ours))
    asked = [
        (bar.least_share, f"asked: {_share(bar.least_share)}")
        for bars_there in kind.bars.values() for bar in bars_there if bar.factor == kind.shown and bar.within
    ]  # fmt: skip
    rates = Axis("false alarms per stream and year, both directions; ○ as shipped", 0, MOST_TRADED, TENTHS)
    title = f"{kind.title}: changes {_factor(kind.shown)} found within {TRADED_WITHIN} days"
    return line_chart(title, rates, Axis("share found", 0, 1, FIFTHS), lines, asked)


def _bars_table(judged: dict[str, dict[str, Any]]) -> str:
    rows = []
    for name, bar in judged.items():
        value = "never" if bar["value"] is None else f"{bar['value']:g}"
        rows.append([f"`{name}`", value, f"{bar['target']:g}", "yes" if bar["holds"] else "**no**"])
    return _table(["figure", "measured", "asked", "holds"], rows)


def _shipped_table(kind: Kind, results: dict[str, Any]) -> str:
    heads = ["scenario", "false alarms per stream-year"]
    heads += [f"{_factor(factor)}: ≤ 30 d / ≤ 60 d / ≤ 180 d (median)" for factor in kind.factors]
    rows = []
    for scenario in kind.scenarios:
        figures = results[scenario.name]
        cells = [
            " / ".join(_share(told["found"][day]) for day in (30, 60, 180)) + f" ({_days(told['days'][0])})"
            for told in (figures["shipped"][factor] for factor in kind.factors)
        ]
        rate = _between(figures["false_alarms"]["rate"], figures["false_alarms"]["interval"], 3)
        rows.append([scenario.title, rate, *cells])
    return _table(heads, rows)


def _rules_table(kind: Kind, figures: dict[str, Any]) -> str:
    heads = ["change", "rule", *(f"≤ {day} d" for day in scoring.WITHIN)]
    heads += ["days: median, p90", "claims: median, p90", "changes tried"]
    rows = []
    for factor in kind.worse:
        for rule, measured in figures["equal"].items():
            told = measured["found"][factor]
            shares = [_share(told["found"][day]) for day in scoring.WITHIN]
            shares[2] = _between(told["found"][60], told["interval"][60], 2)
            days, claims = (", ".join(_days(value) for value in told[what]) for what in ("days", "claims"))
            rows.append(
                [_factor(factor), f"**{rule}**" if rule == OURS else rule, *shares, days, claims, str(told["streams"])]
            )
    return _table(heads, rows)


def _scenario_table(kind: Kind, results: dict[str, Any]) -> str:
    rules = list(dict.fromkeys(rule for figures in results.values() for rule in figures["equal"]))
    rules.sort(key=lambda rule: rule == OURS)
    rows = []
    for scenario in kind.scenarios:
        measured = results[scenario.name]["equal"]
        cells = [_found(measured[rule]["found"][kind.shown]) if rule in measured else "" for rule in rules]
        rows.append([scenario.title, *cells])
    return _table(["scenario", *(f"**{rule}**" if rule == OURS else rule for rule in rules)], rows)


def _bands_table(kind: Kind, figures: dict[str, Any]) -> str:
    bands = figures["equal"][OURS]["found"][kind.shown]["bands"]
    rows = []
    for rule, measured in figures["equal"].items():
        told = measured["found"][kind.shown]["bands"]
        cells = [_found(told[band]) if band in told else "" for band in bands]
        rows.append([f"**{rule}**" if rule == OURS else rule, *cells])
    return _table(["claims a day", *bands], rows)


def _found(told: dict[str, Any]) -> str:
    """Share found within 60 days, and the median days."""
    return f"{_share(told['found'][TRADED_WITHIN])} ({_days(told['days'][0])})"


def _size(kind: Kind, results: dict[str, Any]) -> str:
    years = [figures["false_alarms"]["stream_years"] for figures in results.values()]
    changes = [figures["shipped"][kind.shown]["streams"] for figures in results.values()]
    return (
        f"False alarms rest on {min(years):,.0f} to {max(years):,.0f} stream-years a scenario, "
        f"shares found on {min(changes):,} to {max(changes):,} changes of each size."
    )


def _misses(kinds: Sequence[Kind], results: Results) -> str:
    """Where the promise or a bar is not kept, in whichever scenario, and what keeping it would cost there."""
    heads = ["kind", "scenario", "asked", "as shipped", "with all of the promise spent", "the bar is met at"]
    rows = []
    for kind in kinds:
        for scenario in kind.scenarios:
            figures = results[kind.name][scenario.name]
            rate = figures["false_alarms"]["rate"]
            if round(rate, 3) > scoring.PROMISED:
                asked = f"≤ {scoring.PROMISED:g} false alarms"
                rows.append([kind.title, scenario.title, asked, f"{rate:.3f} false alarms", "", ""])
            for bar in (bar for asked in kind.bars.values() for bar in asked if bar.within):
                share = figures["shipped"][bar.factor]["found"][bar.within]
                if round(share, 3) < bar.least_share:
                    asked = f"{_factor(bar.factor)} ≤ {bar.within} d: {_share(bar.least_share, 3)}"
                    shipped = f"{_share(share, 3)} at {rate:.3f} false alarms"
                    rows.append([kind.title, scenario.title, asked, shipped, *_bought(figures["curve"], bar)])
    return _table(heads, rows) if rows else "Nowhere."


def _bought(curve: list[dict[str, float]], bar: Bar) -> tuple[str, str]:
    """What is found with the promised false alarms all spent, and at how many of them the bar would be met."""
    name = f"{bar.factor:g}"
    promised = [point[name] for point in curve if point["false_alarms"] <= scoring.PROMISED]
    reached = [point["false_alarms"] for point in curve if point[name] >= bar.least_share]
    met = f"{reached[0]:.2f}" if reached else f"more than {curve[-1]['false_alarms']:.2f}"
    return _share(promised[-1], 3) if promised else "nothing to spend", met


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, ["---"] * len(heads), *rows))


def _factor(factor: float) -> str:
    return f"×{factor:g}" if factor > 1 else f"÷{1 / factor:g}"


def _share(value: float, places: int = 2) -> str:
    return "1" if value == 1 else f"{value:.{places}f}".removeprefix("0")


def _days(value: float) -> str:
    return "never" if np.isinf(value) else f"{value:.0f}"


def _between(value: float, interval: Sequence[float], places: int) -> str:
    return f"{_share(value, places)} ({'–'.join(_share(bound, places) for bound in interval)})"
