"""Series and a few forms of PromQL, built from declared metrics: a label that a metric does not have is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from chassis.metric_names import SERVICE_NAME, Kind, Metric, exposed_label

NAMESPACE = "namespace"
"""Added by who scrapes, in Kubernetes; where there is none, all series belong together."""
INSTANCE = "instance"
"""Added by Prometheus: the process."""
SERVICE = exposed_label(SERVICE_NAME)

_BY_WHO_SCRAPES = (NAMESPACE, INSTANCE)


@dataclass(frozen=True, slots=True)
class Series:
    """The series of a metric, narrowed by labels; `rate` and `quantile` make expressions of them."""

    metric: Metric
    matchers: Sequence[str] = ()
    common: Sequence[str] = field(default=(), kw_only=True)
    """Matchers of whoever uses the expression, such as a dashboard's variables."""

    def where(self, label: str, operator: str, value: str) -> Self:
        """Only those whose label fits: operator `=`, `!=`, `=~` or `!~`.

        Raises:
            LookupError: the metric has no such label.
        """
        matcher = f'{_known(self.metric, label)}{operator}"{value}"'
        return type(self)(self.metric, (*self.matchers, matcher), common=self.common)

    def selector(self, part: str = "", *more: str) -> str:
        """The instant vector; `part` is `bucket`, `count` or `sum` for a histogram."""
        if (self.metric.kind is Kind.HISTOGRAM) is not bool(part):
            raise LookupError(f"{self.metric} is a {self.metric.kind}, which has no part {part!r}")
        name = f"{self.metric.exposed}_{part}" if part else self.metric.exposed
        inner = ",".join([*self.matchers, *self.common, *more])
        return f"{name}{{{inner}}}" if inner else name

    def rate(self, window: str, *by: str, part: str = "") -> str:
        """Sum of the rates a second over `window`, apart by labels."""
        return f"{self._sum(by)} (rate({self.selector(part)}[{window}]))"

    def within(self, bound_s: float, window: str, *by: str) -> str:
        """As `rate`, of what took no longer than `bound_s`.

        Raises:
            LookupError: there is no such bucket.
        """
        if bound_s not in self.metric.bounds:
            raise LookupError(f"{self.metric} has no bucket up to {bound_s} s, but {self.metric.bounds}")
        # A whole number is written `5.0` by the client and `5` by servers that put it in order.
        le = rf'le=~"{bound_s:g}(\\.0)?"' if float(bound_s).is_integer() else f'le="{bound_s:g}"'
        return f"{self._sum(by)} (rate({self.selector('bucket', le)}[{window}]))"

    def quantile(self, share: float, window: str, *by: str) -> str:
        """The value that so great a share of the measurements does not exceed."""
        groups = ", ".join(["le", *(_known(self.metric, label) for label in by)])
        rates = f"sum by ({groups}) (rate({self.selector('bucket')}[{window}]))"
        return f"histogram_quantile({share:g}, {rates})"

    def most(self, *by: str) -> str:
        """The largest value, apart by labels: of what several processes tell alike."""
        return self._apart("max", by) + f" ({self.selector()})"

    def least(self, *by: str) -> str:
        """The smallest value, apart by labels: of ages, where one process of several does the work."""
        return self._apart("min", by) + f" ({self.selector()})"

    def total(self, *by: str) -> str:
        """Sum of the values, apart by labels: of what each process tells of its own part."""
        return self._sum(by) + f" ({self.selector()})"

    def _sum(self, by: Sequence[str]) -> str:
        return self._apart("sum", by)

    def _apart(self, aggregation: str, by: Sequence[str]) -> str:
        groups = ", ".join(_known(self.metric, label) for label in by)
        return f"{aggregation} by ({groups})" if groups else aggregation


def _known(metric: Metric, label: str) -> str:
    if label not in (*metric.labels, *_BY_WHO_SCRAPES, SERVICE_NAME):
        raise LookupError(f"{metric} has no label {label}, but {metric.labels}")
    return exposed_label(label)


def escaped(value: str) -> str:
    """A value as it stands between double quotes."""
    return value.replace("\\", "\\\\").replace('"', '\\"')


Rule = Mapping[str, object]
"""A recording or an alert rule, as Prometheus' files have it."""
