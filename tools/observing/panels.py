"""Grafana panels: what one shows, and how panels are laid out in rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from observing.promql import NAMESPACE

WINDOW = "$__rate_interval"
"""The span of a rate that fits the graph, as Grafana knows it."""
HERE = f'{NAMESPACE}=~"$namespace"'
"""Holds for the series of the namespaces that are chosen."""

_WIDTH = 24
_HEIGHT = 8
_DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}


@dataclass(frozen=True, slots=True)
class Query:
    """One PromQL expression and how its series are called."""

    expr: str
    legend: str = ""
    """May use labels, as in `{{service_name}}`."""
    has_exemplars: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """A graph over time, or the last value where `is_single`."""

    title: str
    unit: str
    """As Grafana calls it: `s`, `reqps`, `short`, `percentunit`."""
    queries: tuple[Query, ...]
    about: str = ""
    is_single: bool = False
    is_stacked: bool = False
    red_from: float | None = None
    """The value from which it is drawn as wrong."""


@dataclass(frozen=True, slots=True)
class Row:
    """A heading and the panels under it, side by side."""

    title: str
    panels: tuple[Panel, ...]


def laid_out(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """The panels of a dashboard, each with its place and an id that stays as long as the order does."""
    drawn: list[dict[str, Any]] = []
    top = 0
    for row in rows:
        drawn.append(_heading(row.title, len(drawn) + 1, top))
        top += 1
        for line in _lines(row.panels):
            width = _WIDTH // len(line)
            for place, panel in enumerate(line):
                grid = {"h": _HEIGHT, "w": width, "x": place * width, "y": top}
                drawn.append(_drawn(panel, len(drawn) + 1, grid))
            top += _HEIGHT
    return drawn


def _lines(panels: Sequence[Panel], at_most: int = 3) -> list[Sequence[Panel]]:
    count = -(-len(panels) // at_most)
    each = -(-len(panels) // count)
    return [panels[begin : begin + each] for begin in range(0, len(panels), each)]


def _heading(title: str, number: int, top: int) -> dict[str, Any]:
    return {
        "id": number,
        "type": "row",
        "title": title,
        "collapsed": False,
        "gridPos": {"h": 1, "w": _WIDTH, "x": 0, "y": top},
        "panels": [],
    }


def _drawn(panel: Panel, number: int, grid: dict[str, int]) -> dict[str, Any]:
    common = {
        "id": number,
        "title": panel.title,
        "description": panel.about,
        "datasource": _DATASOURCE,
        "gridPos": grid,
        "targets": [_target(query, place) for place, query in enumerate(panel.queries)],
    }
    if panel.is_single:
        return common | {
            "type": "stat",
            "fieldConfig": {"defaults": {"unit": panel.unit, "thresholds": _thresholds(panel)}, "overrides": []},
            "options": {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}},
        }
    drawing = {
        "drawStyle": "line",
        "fillOpacity": 30 if panel.is_stacked else 5,
        "lineWidth": 1,
        "showPoints": "never",
        "stacking": {"mode": "normal" if panel.is_stacked else "none", "group": "A"},
        "thresholdsStyle": {"mode": "off" if panel.red_from is None else "line"},
    }
    defaults = {"unit": panel.unit, "min": 0, "custom": drawing, "thresholds": _thresholds(panel)}
    return common | {
        "type": "timeseries",
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": {
            "legend": {"displayMode": "table", "placement": "bottom", "calcs": ["mean", "max", "lastNotNull"]},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
    }


def _target(query: Query, place: int) -> dict[str, Any]:
    return {
        "refId": chr(ord("A") + place),
        "datasource": _DATASOURCE,
        "expr": query.expr,
        "legendFormat": query.legend or "__auto",
        "exemplar": query.has_exemplars,
    }


def _thresholds(panel: Panel) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if panel.red_from is not None:
        steps.append({"color": "red", "value": panel.red_from})
    return {"mode": "absolute", "steps": steps}
