"""What was measured beside what bounds it, as a table for people or as JSON."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

SKIPPED = 3
"""Exit status of a measurement that could not be taken here; its report says why."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value, and the limit it is held against, measured in the same run."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    limit_name: str = ""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Value over limit: the share of it that is reached, or how many times it a duration costs."""
        return self.value / self.limit if self.limit else None


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the processor time of a measured process, in percent."""

    name: str
    pct: float


@dataclass(frozen=True, slots=True)
class Report:
    """What one measurement found."""

    title: str
    figures: Sequence[Figure] = ()
    shares: Sequence[Share] = ()
    """Where the time went, by area; the areas make up 100 percent."""
    functions: Sequence[Share] = ()
    """Functions on whose behalf most time went, callees included; they overlap."""
    skipped: str = ""
    """Why nothing was measured; empty where something was."""
    machine: str = ""

    def to_document(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {**asdict(self), "figures": [{**asdict(one), "ratio": one.ratio} for one in self.figures]}


@dataclass(slots=True)
class Options:
    """What the command line asks of a measurement."""

    seconds: float
    """Length of each measured stretch."""
    rounds: int
    profile: bool
    leads: int
    """Of a measurement that takes a fixed number of them."""
    rows: int = 0
    """Of a measurement over tables of a given size."""


def main(
    measure: Callable[[Options], Report], *, seconds: float = 3.0, rounds: int = 3, leads: int = 0, rows: int = 0
) -> int:
    """Reads the command line, measures, prints. Returns the exit status: 0, or `SKIPPED`."""
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON document instead of tables")
    parser.add_argument("--seconds", type=float, default=seconds, help="length of each measured stretch")
    parser.add_argument("--rounds", type=int, default=rounds, help="stretches of each kind, taken in turn")
    if leads:
        parser.add_argument("--leads", type=int, default=leads, help="how many leads")
    if rows:
        parser.add_argument("--rows", type=int, default=rows, help="how many rows")
    parser.add_argument("--no-profile", action="store_true", help="leave out where the time goes")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers are ended on the way out
    report = measure(
        Options(
            given.seconds, given.rounds, not given.no_profile, getattr(given, "leads", 0), getattr(given, "rows", 0)
        )
    )
    if given.json:
        sys.stdout.write(json.dumps(report.to_document(), ensure_ascii=False) + "\n")
    else:
        show(Console(), report.to_document())
    return SKIPPED if report.skipped else 0


def show(console: Console, report: dict[str, Any]) -> None:
    """Prints a report, given as its document."""
    if report["skipped"]:
        console.print(f"[bold]{report['title']}[/bold]: skipped: {report['skipped']}\n", highlight=False)
        return
    console.print(_figures(report))
    for title, kind in (("where its processor time goes", "shares"), ("callees included", "functions")):
        if report[kind]:
            console.print(_shares(title, report[kind]))
    if report["machine"]:
        console.print(report["machine"], style="dim", highlight=False)
    console.print()


def _figures(report: dict[str, Any]) -> Table:
    table = Table(title=report["title"], title_justify="left", title_style="bold")
    for name, is_number in (("measured", 0), ("value", 1), ("unit", 0), ("limit", 1), ("which is", 0), ("ratio", 1)):
        table.add_column(name, justify="right" if is_number else "left", overflow="fold")
    notes = any(figure["note"] for figure in report["figures"])
    if notes:
        table.add_column("remark", overflow="fold")
    for one in report["figures"]:
        ratio = f"{one['ratio']:.2f}" if one["ratio"] is not None else ""
        row = [one["name"], _number(one["value"]), one["unit"], _number(one["limit"]), one["limit_name"], ratio]
        table.add_row(*row, *([one["note"]] if notes else []))
    return table


def _shares(title: str, shares: Sequence[dict[str, Any]]) -> Table:
    table = Table(title=title, title_justify="left", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for one in shares:
        table.add_row(one["name"], f"{one['pct']:.1f} %")
    return table


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"
