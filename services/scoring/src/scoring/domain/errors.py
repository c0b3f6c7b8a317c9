"""Why a question or a change is refused."""

from collections.abc import Sequence

from chassis.errors import Invalid, Refused, Violation


class MetricInvalid(Invalid):
    """A definition has faults; all of them are listed."""

    reason = "METRIC_INVALID"

    def __init__(self, metric_code: str, violations: Sequence[Violation]) -> None:
        super().__init__(violations, metric_code=metric_code)


class MetricNotCounted(Refused):
    """The warehouse does not count what the metric is made of; another call answers it."""

    reason = "METRIC_NOT_COUNTED"

    def __init__(self, metric_code: str, answered_by: str) -> None:
        super().__init__(
            f"{metric_code} is answered by {answered_by}.", metric_code=metric_code, answered_by=answered_by
        )
