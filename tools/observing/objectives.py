"""Reads `slo.yaml`: what the suite promises. A promise about something that is not measured is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from chassis import metric_names as names
from observing.promql import NAMESPACE, Series, escaped

FILE = Path(__file__).resolve().parent / "slo.yaml"

_METRICS = {str(metric): metric for metric in names.METRICS}


class Objective(BaseModel):
    """One promise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*$")]
    alert: Annotated[str, Field(pattern=r"^[A-Z][A-Za-z]+Burn$")]
    about: str
    metric: str
    bad: dict[str, str] = {}
    within_s: float | None = None
    leave_out: dict[str, tuple[str, ...]] = {}
    target_pct: Annotated[float, Field(gt=50, lt=100)]
    least_events: Annotated[int, Field(ge=1)]

    @model_validator(mode="after")
    def _is_measured(self) -> Objective:
        if self.metric not in _METRICS:
            raise ValueError(f"{self.name}: nothing measures {self.metric}")
        if bool(self.bad) is (self.within_s is not None):
            raise ValueError(f"{self.name}: either `bad` or `within_s` says which events are bad")
        try:
            self.bad_events("5m")
        except LookupError as error:
            raise ValueError(f"{self.name}: {error}") from error
        return self

    @property
    def budget(self) -> float:
        """Share of the events that may be bad."""
        return round(1 - self.target_pct / 100, 9)

    def events(self, window: str) -> str:
        """PromQL: events a second."""
        return self._series.rate(window, NAMESPACE, part="count")

    def bad_events(self, window: str) -> str:
        """PromQL: bad events a second; 0 where there were only good ones."""
        if self.within_s is not None:
            return f"{self.events(window)} - {self._series.within(self.within_s, window, NAMESPACE)}"
        series = self._series
        for label, pattern in self.bad.items():
            series = series.where(label, "=~", escaped(pattern))
        return f"{series.rate(window, NAMESPACE, part='count')} or 0 * {self.events(window)}"

    @property
    def _series(self) -> Series:
        series = Series(_METRICS[self.metric])
        for label, values in self.leave_out.items():
            for value in values:
                series = series.where(label, "!=", escaped(value))
        return series


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    objectives: tuple[Objective, ...]


def objectives() -> tuple[Objective, ...]:
    """All promises, in the order of the file."""
    return _File.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8"))).objectives
