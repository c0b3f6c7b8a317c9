"""Recording rules and alerts of the promises, by how fast they use up their error budget.

An alert looks at a long and a short window: the long one so that a blip does not ring, the short one so that it stops
soon after the cause has ended. Source: The Site Reliability Workbook, chapter 5, "Alerting on SLOs", table 5-8.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from observing.alerts import annotated
from observing.objectives import Objective
from observing.promql import Rule

_SHORTEST = "5m"
WINDOWS_S: Mapping[str, int] = {
    "5m": 300, "30m": 1_800, "1h": 3_600, "2h": 7_200, "6h": 21_600, "1d": 86_400, "3d": 259_200,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Burn:
    """A speed at which the budget of 30 days is used up, and the windows that must both show it."""

    factor: float
    """1 uses it up in exactly 30 days."""
    short: str
    long: str


@dataclass(frozen=True, slots=True)
class Urgency:
    """Who is told at which speeds."""

    severity: str
    burns: tuple[Burn, ...]


PAGE = Urgency("page", (Burn(14.4, "5m", "1h"), Burn(6, "30m", "6h")))
TICKET = Urgency("ticket", (Burn(3, "2h", "1d"), Burn(1, "6h", "3d")))


def recording_rules(objectives: Iterable[Objective]) -> Iterator[Rule]:
    """Events and bad events a second of each promise, over each window."""
    for objective in objectives:
        labels = {"slo": objective.name}
        for what, expression in (("events", objective.events), ("bad_events", objective.bad_events)):
            for window in WINDOWS_S:
                # Of the recorded rates, for three days of every route's buckets would be read at each evaluation.
                whole = (
                    expression(window)
                    if window == _SHORTEST
                    else f"avg_over_time({_recorded(what, _SHORTEST, objective)}[{window}])"
                )
                yield {"record": f"slo:{what}:rate{window}", "labels": labels, "expr": whole}


def alert_rules(objectives: Iterable[Objective]) -> Iterator[Rule]:
    """Two alerts of one name for each promise: a page and a ticket."""
    for objective in objectives:
        for urgency in (PAGE, TICKET):
            yield {
                "alert": objective.alert,
                "expr": "\nor\n".join(_burning(objective, burn) for burn in urgency.burns),
                "labels": {"severity": urgency.severity, "slo": objective.name},
                "annotations": annotated(
                    objective.alert,
                    f"{objective.name}: the error budget is used up too fast",
                    f"{objective.about}: {objective.target_pct:g} % are promised, and of the last events"
                    " {{ $value | humanizePercentage }} were not. See the dashboard of the objectives.",
                ),
            }


def bad_share(objective: Objective, window: str) -> str:
    """PromQL: which share of the events was bad."""
    return f"{_recorded('bad_events', window, objective)} / {_recorded('events', window, objective)}"


def _burning(objective: Objective, burn: Burn) -> str:
    bound = f"{burn.factor:g} * {objective.budget:g}"
    enough = f"{_recorded('events', burn.long, objective)} * {WINDOWS_S[burn.long]} >= {objective.least_events}"
    return (
        f"({bad_share(objective, burn.short)} > {bound}\n"
        f" and {bad_share(objective, burn.long)} > {bound}\n"
        f" and {enough})"
    )


def _recorded(what: str, window: str, objective: Objective) -> str:
    return f'slo:{what}:rate{window}{{slo="{objective.name}"}}'
