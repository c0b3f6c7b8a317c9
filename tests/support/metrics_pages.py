"""What running services export, as Prometheus reads it."""

from __future__ import annotations

from collections.abc import Iterable

import httpx
from prometheus_client.parser import text_string_to_metric_families

from chassis.metric_names import METRICS, Kind, exposed_label

_PARTS = ("_bucket", "_count", "_sum")
_EVERYWHERE = {"service_name", "le"}


def page(address: str) -> str:
    """The page of one process, by `host:port`."""
    return httpx.get(f"http://{address}/metrics", trust_env=False).raise_for_status().text


def exported(pages: Iterable[str]) -> dict[str, set[str]]:
    """Every series on the pages by its name, with all labels that any of them has."""
    found: dict[str, set[str]] = {}
    for text in pages:
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                found.setdefault(sample.name, set()).update(sample.labels)
    return found


def undeclared(series: dict[str, set[str]]) -> list[str]:
    """One line for each series or label that no declaration knows."""
    declared: dict[str, set[str]] = {}
    for metric in METRICS:
        labels = {exposed_label(label) for label in metric.labels} | _EVERYWHERE
        parts = _PARTS if metric.kind is Kind.HISTOGRAM else ("",)
        declared |= {metric.exposed + part: labels for part in parts}
    return [
        f"{name} {sorted(labels - declared.get(name, set()))}"
        for name, labels in series.items()
        if name != "target_info" and not labels <= declared.get(name, set())
    ]
