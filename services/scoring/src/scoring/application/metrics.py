"""Publish and read the definitions of the metric dictionary 指标口径."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chassis import context
from chassis.errors import NotFound, Stale, Violation
from scoring.application.metric_ports import PublishedMetric
from scoring.application.ports import UnitOfWork, Work
from scoring.domain.default_metrics import DEFAULT_METRICS
from scoring.domain.errors import MetricInvalid
from scoring.domain.events import MetricPublished
from scoring.domain.metric import Metric
from scoring.domain.metric_document import dump, parse

_MOST_OWN = 200
"""Metrics that a tenant may add, so that all fit into one answer."""
_BUILT_IN: Mapping[str, PublishedMetric] = {
    code: PublishedMetric(code, 0, dump(metric), None, "service:scoring", "")
    for code, metric in DEFAULT_METRICS.items()
}


@dataclass(frozen=True, slots=True)
class PublishMetric:
    """A document for a code, and the version that the caller saw."""

    code: str
    document: Mapping[str, Any]
    version: int
    note: str


@dataclass(frozen=True, slots=True)
class MetricDesk:
    """Publishes and shows definitions."""

    unit_of_work: UnitOfWork

    async def publish(self, command: PublishMetric) -> PublishedMetric:
        """Makes the document the definition that holds from now on.

        Raises:
            MetricInvalid: names every fault.
            Stale: another version was published since the caller looked.
        """
        metric = parse(command.document, code=command.code, version=command.version + 1)
        async with self.unit_of_work.begin() as work:
            await work.metrics.hold()
            newest = await work.metrics.newest(command.code)
            current = newest.version if newest else 0
            if current != command.version:
                raise Stale("metric", command.code, current)
            if newest is None and command.code not in DEFAULT_METRICS:
                await _require_room(work, command.code)
            actor = context.current().principal.actor
            document = dump(metric)
            published = PublishedMetric(command.code, metric.version, document, work.now, actor, command.note)
            await work.metrics.add(published)
            work.outbox.append(MetricPublished(metric))
            before = newest or _BUILT_IN.get(command.code)
            work.audit.record(
                action="metric.publish",
                resource=f"metrics/{command.code}",
                before={"version": current, "document": before.document if before else {}},
                after={"version": metric.version, "document": document, "note": command.note},
            )
            return await work.answer(published)

    async def get(self, code: str, version: int | None) -> PublishedMetric:
        """A version of a definition; the one that holds now where none is named.

        Raises:
            NotFound: there is none.
        """
        async with self.unit_of_work.begin() as work:
            if version is None:
                found = await work.metrics.newest(code) or _BUILT_IN.get(code)
            else:
                found = await work.metrics.get(code, version) if version else _BUILT_IN.get(code)
        if found is None:
            raise NotFound("metric", code)
        return found

    async def all(self) -> Sequence[PublishedMetric]:
        """All definitions that hold now, in order of their codes."""
        async with self.unit_of_work.begin() as work:
            own = {metric.code: metric for metric in await work.metrics.all_newest()}
        return [metric for _, metric in sorted({**_BUILT_IN, **own}.items())]


async def active_metrics(work: Work) -> Mapping[str, Metric]:
    """All definitions that hold now, by code."""
    own = {metric.code: as_metric(metric) for metric in await work.metrics.all_newest()}
    return {**DEFAULT_METRICS, **own}


def as_metric(published: PublishedMetric) -> Metric:
    """The published document as the domain reads it."""
    return parse(published.document, code=published.code, version=published.version)


async def _require_room(work: Work, code: str) -> None:
    own = [metric for metric in await work.metrics.all_newest() if metric.code not in DEFAULT_METRICS]
    if len(own) >= _MOST_OWN:
        message = f"there are {_MOST_OWN} metrics of this tenant's own; change one of them"
        raise MetricInvalid(code, [Violation("metric_code", "metrics.number", message)])
