"""The page that Prometheus scrapes, with exemplars: which trace stands behind a slow call.

OpenTelemetry's own exporter leaves exemplars out, so what is measured becomes families of prometheus_client here; that
library writes the page, as OpenMetrics for whoever asks for it, which alone has a place for exemplars.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any, TypeAlias

from opentelemetry import trace
from opentelemetry.sdk.metrics.export import (
    Gauge,
    Histogram,
    HistogramDataPoint,
    MetricReader,
    MetricsData,
    NumberDataPoint,
    Sum,
)
from opentelemetry.sdk.metrics.export import Metric as MeasuredMetric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, InfoMetricFamily
from prometheus_client.core import Metric as Family
from prometheus_client.registry import Collector
from prometheus_client.samples import Exemplar

from chassis.metric_names import SERVICE_NAME, exposed_label, exposed_name


class PageReader(MetricReader):
    """Reads what the process has measured so far, whenever somebody asks for the page."""

    def __init__(self) -> None:
        super().__init__()
        self._one_at_a_time = threading.Lock()
        self._read: MetricsData | None = None

    def read(self) -> MetricsData | None:
        """All that was measured since the process began."""
        with self._one_at_a_time:
            self.collect()
            return self._read

    def _receive_metrics(self, metrics_data: MetricsData, *_: Any, **__: Any) -> None:
        self._read = metrics_data

    def shutdown(self, *_: Any, **__: Any) -> None:
        """Nothing is left to send: who scrapes comes by itself."""


class Page(Collector):
    """What a reader has read, as families. Every series carries the service's name beside its own labels."""

    def __init__(self, reader: PageReader) -> None:
        self._reader = reader

    def collect(self) -> Iterable[Family]:
        """The families of now."""
        data = self._reader.read()
        for resource in data.resource_metrics if data else ():
            told = {exposed_label(name): str(value) for name, value in resource.resource.attributes.items()}
            yield _about_the_target(told)
            service = {exposed_label(SERVICE_NAME): told.get(exposed_label(SERVICE_NAME), "")}
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    yield _family(metric, service)


def _about_the_target(told: Mapping[str, str]) -> Family:
    return InfoMetricFamily("target", "Which service this is", dict(told))


def _family(metric: MeasuredMetric, common: Mapping[str, str]) -> Family:
    name, data = exposed_name(metric.name, metric.unit or ""), metric.data
    labels = sorted({*common, *(exposed_label(key) for point in data.data_points for key in (point.attributes or {}))})
    rows = [_row(point, labels, common) for point in data.data_points]
    about = metric.description or ""
    if isinstance(data, Histogram):
        durations = HistogramMetricFamily(name, about, labels=labels)
        for row, measured in zip(rows, data.data_points, strict=True):
            durations.add_metric(row, _buckets(measured), measured.sum)
        return durations
    if isinstance(data, Sum) and data.is_monotonic:
        counts = CounterMetricFamily(name, about, labels=labels)
        for row, counted in zip(rows, data.data_points, strict=True):
            counts.add_metric(row, counted.value)
        return counts
    if not isinstance(data, Sum | Gauge):
        raise TypeError(f"{metric.name} is a {type(data).__name__}, of which no instrument here makes any")
    values = GaugeMetricFamily(name, about, labels=labels)
    for row, seen in zip(rows, data.data_points, strict=True):
        values.add_metric(row, seen.value)
    return values


def _row(
    point: NumberDataPoint | HistogramDataPoint | Any, labels: Sequence[str], common: Mapping[str, str]
) -> list[str]:
    """Values in the order of the labels; a family's series have all of them, empty where a point has none."""
    given = {**common, **{exposed_label(key): str(value) for key, value in (point.attributes or {}).items()}}
    return [given.get(label, "") for label in labels]


_Bucket: TypeAlias = tuple[str, float] | tuple[str, float, Exemplar]


def _buckets(point: HistogramDataPoint) -> list[_Bucket]:
    bounds = [*map(str, point.explicit_bounds), "+Inf"]
    exemplars = _newest_exemplars(point)
    return [
        (bound, count, exemplars[place]) if place in exemplars else (bound, count)
        for place, (bound, count) in enumerate(zip(bounds, accumulate(point.bucket_counts), strict=True))
    ]


def _newest_exemplars(point: HistogramDataPoint) -> dict[int, Exemplar]:
    """One for each bucket that has any, by the bucket's place."""
    newest: dict[int, Exemplar] = {}
    for seen in sorted(point.exemplars, key=lambda exemplar: exemplar.time_unix_nano):
        if seen.trace_id and seen.span_id:
            ids = {"trace_id": trace.format_trace_id(seen.trace_id), "span_id": trace.format_span_id(seen.span_id)}
            place = bisect_left(point.explicit_bounds, seen.value)
            newest[place] = Exemplar(ids, seen.value, seen.time_unix_nano / 1e9)
    return newest
