"""Compares the services once an hour and exports what was found: a difference rings before anybody asks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from weakref import WeakSet

from opentelemetry.metrics import CallbackOptions, Observation

from chassis import metric_names as names
from chassis import telemetry
from chassis.logs import logger
from gateway.application.reconcile import Reconciler
from gateway.domain.reconciliation import Finding

LOOK_EVERY_S = 60.0
_RECONCILE_EVERY_S = 3600.0
_EXAMPLES = 5
_ASKED_WITHIN_S = 600.0

log = logger(__name__)


class ReconciliationWatch:
    """Of all tenants together."""

    def __init__(self, reconcile: Reconciler, clock: Callable[[], float] = time.monotonic) -> None:
        self._reconcile = reconcile
        self._clock = clock
        # Not at once: after a restart of everything the others are not there yet, and have enough to do.
        self._due_s = clock() + LOOK_EVERY_S
        self.found: Sequence[Finding] = ()
        """As of the last time."""
        self.ended_s: float | None = None
        """When that was, by the clock; None before the first."""
        self._looked_s = clock()
        _watches.add(self)

    @property
    def age_s(self) -> float | None:
        """Time since the last time; None before the first."""
        return None if self.ended_s is None else self._clock() - self.ended_s

    @property
    def is_asked(self) -> bool:
        """Whether this is still the process that compares: what another has left behind would contradict it."""
        return self._clock() - self._looked_s < _ASKED_WITHIN_S

    async def look(self) -> None:
        """Compares once an hour, and again after a minute where a service did not answer; logs what was found."""
        self._looked_s = self._clock()
        if self._looked_s < self._due_s:
            return
        self.found = await self._reconcile(None, (), _EXAMPLES)
        self._looked_s = self.ended_s = self._clock()
        away = sorted({finding.unanswered for finding in self.found if finding.unanswered})
        self._due_s = self.ended_s + (LOOK_EVERY_S if away else _RECONCILE_EVERY_S)
        if away:
            log.warning("reconciliation.unanswered", services=away)
        for finding in self.found:
            if finding.differences:
                _tell(finding)


def _tell(finding: Finding) -> None:
    check = finding.check
    log.warning(
        "reconciliation.differences",
        check=check.code.value,
        owner=check.owner.service,
        copy=check.copy.service,
        differences=finding.differences,
        examples=[each.record_id for each in finding.examples],
    )


_watches: WeakSet[ReconciliationWatch] = WeakSet()


def _asked() -> Iterable[ReconciliationWatch]:
    return [watch for watch in _watches if watch.is_asked]


def _differences(_: CallbackOptions) -> Iterable[Observation]:
    return [
        Observation(
            finding.differences,
            {names.CHECK: finding.check.code.value, names.COPY: finding.check.copy.service},
        )
        for watch in _asked()
        for finding in watch.found
        if not finding.unanswered
    ]


def _unanswered(_: CallbackOptions) -> Iterable[Observation]:
    return [Observation(sum(1 for finding in watch.found if finding.unanswered)) for watch in _asked() if watch.ended_s]


def _age(_: CallbackOptions) -> Iterable[Observation]:
    return [Observation(watch.age_s) for watch in _asked() if watch.age_s is not None]


telemetry.gauge(names.RECONCILIATION_DIFFERENCES, _differences)
telemetry.gauge(names.RECONCILIATION_UNANSWERED, _unanswered)
telemetry.gauge(names.RECONCILIATION_AGE, _age)
