"""The dashboards: RED of each service, USE of pools and consumers, the business, and the promises."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from observing.burn_rates import bad_share
from observing.business import business
from observing.objectives import Objective
from observing.panels import Panel, Query, Row, laid_out
from observing.promql import NAMESPACE, SERVICE
from observing.red import red
from observing.use import use

SERVICES = ("collab", "gateway", "lead-router", "pipeline", "scoring")


def dashboards(objectives: Sequence[Objective]) -> Mapping[str, dict[str, Any]]:
    """Each by the name of its file, without the ending."""
    of_services = {
        f"red-{service}": _dashboard(f"red-{service}", f"Throughline / {service}: rate, errors, duration", red(service))
        for service in SERVICES
    }
    return of_services | {
        "use": _dashboard("use", "Throughline / pools, consumers and deadlines", use(), has_services=True),
        "business": _dashboard("business", "Throughline / business", business()),
        "objectives": _dashboard("objectives", "Throughline / objectives", _objectives(objectives)),
    }


def _objectives(objectives: Iterable[Objective]) -> Iterator[Row]:
    for objective in objectives:
        left = f"1 - ({bad_share(objective, '3d')}) / {objective.budget:g}"
        burning = tuple(
            Query(f"({bad_share(objective, window)}) / {objective.budget:g}", window)
            for window in ("5m", "1h", "6h", "1d")
        )
        yield Row(
            f"{objective.name}: {objective.target_pct:g} %",
            (
                Panel(
                    "Budget left, at the pace of 3 days",
                    "percentunit",
                    (Query(left, "left"),),
                    objective.about,
                    is_single=True,
                ),
                Panel(
                    "Speed at which the budget is used up",
                    "short",
                    burning,
                    "1 uses up the budget of 30 days in 30 days; 14.4 rings.",
                    red_from=14.4,
                ),
            ),
        )


def _dashboard(uid: str, title: str, rows: Iterable[Row], *, has_services: bool = False) -> dict[str, Any]:
    variables: list[dict[str, Any]] = [
        {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"},
        _variable("namespace", NAMESPACE),
    ]
    if has_services:
        variables.append(_variable("service", SERVICE))
    return {
        "uid": f"throughline-{uid}",
        "title": title,
        "tags": ["throughline"],
        "schemaVersion": 39,
        "editable": False,
        "timezone": "browser",
        "refresh": "1m",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": variables},
        "annotations": {"list": []},
        "links": [
            {
                "type": "dashboards",
                "tags": ["throughline"],
                "title": "Throughline",
                "asDropdown": True,
                "keepTime": True,
            }
        ],
        "panels": laid_out(rows),
    }


def _variable(name: str, label: str) -> dict[str, Any]:
    return {
        "name": name,
        "label": name.capitalize(),
        "type": "query",
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "query": {"query": f"label_values(target_info, {label})", "refId": name},
        "includeAll": True,
        # Not the list of all values: where nobody adds the label, there is none to choose and everything is meant.
        "allValue": ".*",
        "multi": True,
        "current": {"text": "All", "value": "$__all"},
        "refresh": 2,
    }
