"""Facts that scoring tells the other services."""

from dataclasses import dataclass

from scoring.domain.metric import Metric


@dataclass(frozen=True, slots=True)
class MetricPublished:
    """A definition holds from now on."""

    metric: Metric
