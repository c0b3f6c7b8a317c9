"""A metric as a plain document and back, with every fault named at once."""

from collections.abc import Iterator, Mapping
from typing import Any

from chassis.document_fields import FAULTY, Section
from chassis.errors import Violation
from scoring.domain.default_metrics import CODE_OF, DEFAULT_METRICS
from scoring.domain.errors import MetricInvalid
from scoring.domain.metric import Band, Metric, Unit

_METRIC = Section(Metric)
_RATIOS = (Unit.PERCENT, Unit.MEAN_PERCENT)


def parse(document: Mapping[str, Any], *, code: str, version: int) -> Metric:
    """The metric of a document; fields left out have their defaults, and unknown ones are faults.

    Raises:
        MetricInvalid: names every fault by its path in the document; contradictions between parts once all parts can be
            read.
    """
    faults: list[Violation] = []
    values = _METRIC.read_fields(document, "", faults)
    if values is not FAULTY:
        metric = Metric(code=code, version=version, **values)
        faults = faults or list(_contradictions(metric))
        if not faults:
            return metric
    raise MetricInvalid(code, faults)


def dump(metric: Metric) -> dict[str, Any]:
    """The whole document, defaults written out; `parse` takes it back."""
    document = _METRIC.write(metric)
    if not isinstance(document, dict):
        raise TypeError("a section writes an object")
    return document


def _contradictions(metric: Metric) -> Iterator[Violation]:
    yield from _departures(metric)
    yield from _formula_faults(metric)
    for name in ("numerator", "denominator"):
        figures: tuple[str, ...] = getattr(metric, name)
        for place, figure in enumerate(figures):
            if figure in figures[:place]:
                yield Violation(f"{name}[{place}]", "repeated", f"{figure} is there twice")
    if metric.band is not None:
        yield from _band_faults(metric, metric.band)


def _formula_faults(metric: Metric) -> Iterator[Violation]:
    if not metric.numerator and not metric.answered_by:
        yield Violation("numerator", "required", "must name figures, or answered_by the call that answers")
    if metric.answered_by:
        for name in ("numerator", "denominator"):
            if getattr(metric, name):
                yield Violation(name, "unexpected", f"is not for a metric that {metric.answered_by} answers")
    elif metric.unit in _RATIOS and not metric.denominator:
        yield Violation("denominator", "required", f"must be there for the unit {metric.unit}")
    elif metric.unit not in _RATIOS and metric.denominator:
        yield Violation("denominator", "unexpected", f"is not for the unit {metric.unit}")


def _departures(metric: Metric) -> Iterator[Violation]:
    """A figure that a call answers is reckoned as it is, whatever a document says: that part cannot be published."""
    shipped = DEFAULT_METRICS.get(metric.code)
    if shipped is None or not (shipped.answered_by or shipped.code in CODE_OF.values()):
        return
    for name in ("unit", "numerator", "denominator", "answered_by"):
        if getattr(metric, name) != getattr(shipped, name):
            yield Violation(name, "fixed", "is as the call that answers with this figure reckons it")


def _band_faults(metric: Metric, band: Band) -> Iterator[Violation]:
    if not metric.denominator:
        yield Violation("band", "unexpected", "is only for metrics with a denominator")
    if band.alarm_below is not None and band.alarm_below > band.healthy_from:
        yield Violation("band.alarm_below", "order", "cannot lie above healthy_from")
    if band.healthy_to is not None and band.healthy_to < band.healthy_from:
        yield Violation("band.healthy_to", "order", "cannot lie below healthy_from")
