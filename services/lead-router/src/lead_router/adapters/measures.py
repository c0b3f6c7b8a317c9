"""What the router is for, in figures: how fast leads get an owner, how many join, and that none is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import timedelta
from time import perf_counter
from weakref import WeakSet

from opentelemetry.metrics import CallbackOptions, Observation

from chassis import metric_names as names
from chassis import telemetry
from chassis.database import Database
from chassis.errors import ThroughlineError
from chassis.every_tenant import for_every_tenant
from lead_router.application.find_leads import Balance, LeadFinder
from lead_router.application.submission import Submitted
from lead_router.application.submit_leads import Entry
from lead_router.domain.conservation import StateCounts
from lead_router.domain.events import MovedBecause

COUNT_EVERY_S = 60.0
_FRESH_S = 3 * COUNT_EVERY_S
"""What is older was counted before another process took over: it would contradict what that one counts."""

_assignments = telemetry.histogram(names.LEAD_ASSIGNMENT_DURATION)
_owner_waits = telemetry.histogram(names.LEAD_OWNER_WAIT)
_deduplications = telemetry.counter(names.LEAD_DEDUPLICATIONS)


def note_submitted(submissions: Iterable[tuple[Entry, Submitted | ThroughlineError]]) -> None:
    """Counts what has just been committed."""
    now = perf_counter()
    for entry, outcome in submissions:
        if isinstance(outcome, ThroughlineError):
            continue
        if outcome.join is not None:
            _deduplications.add(1)
        elif entry.called_at is not None:
            _assignments.record(now - entry.called_at, {names.OUTCOME: outcome.stored.lead.state.value})


def note_first_owner(because: MovedBecause, waited: timedelta) -> None:
    """Tells how long a lead had nobody, once that is committed."""
    _owner_waits.record(waited.total_seconds(), {names.BECAUSE: because.value})


class LeadStock:
    """The conservation law over all tenants; a gap other than 0 is an alarm."""

    def __init__(self, database: Database, finder: LeadFinder, clock: Callable[[], float] = time.monotonic) -> None:
        self._finder = finder
        self._clock = clock
        self._under_way: list[Balance] = []
        self._count_all = for_every_tenant(database, "lead_router.count_leads", self._count)
        self.counted: list[Balance] = []
        """Of each tenant, as counted last."""
        self._counted_s = self._clock()
        _stocks.add(self)

    async def count(self) -> None:
        """Counts the leads of every tenant."""
        self._under_way = []
        await self._count_all()
        self.counted = self._under_way
        self._counted_s = self._clock()

    @property
    def age_s(self) -> float:
        """Time since all were counted; before the first time, since there is somebody to count them."""
        return self._clock() - self._counted_s

    @property
    def fresh(self) -> Sequence[Balance]:
        """Of each tenant, while this is the process that counts."""
        return self.counted if self.age_s < _FRESH_S else ()

    async def _count(self) -> None:
        self._under_way.append(await self._finder.balance())


_stocks: WeakSet[LeadStock] = WeakSet()


def _states(_: CallbackOptions) -> Iterable[Observation]:
    counts = [asdict(each.conservation.counts) for stock in _stocks for each in stock.fresh]
    states = asdict(StateCounts()) if counts else {}
    return [Observation(sum(count[state] for count in counts), {names.STATE: state}) for state in states]


def _gap(_: CallbackOptions) -> Iterable[Observation]:
    # Absolute, so that a lead lost here and one invented there do not make each other good.
    gaps = [abs(each.conservation.gap) for stock in _stocks for each in stock.fresh]
    return [Observation(sum(gaps))] if gaps else []


def _qualified(_: CallbackOptions) -> Iterable[Observation]:
    found = [each.qualified for stock in _stocks for each in stock.fresh]
    return [Observation(sum(found))] if found else []


def _age(_: CallbackOptions) -> Iterable[Observation]:
    return [Observation(stock.age_s) for stock in _stocks]


telemetry.gauge(names.LEADS, _states)
telemetry.gauge(names.LEADS_QUALIFIED, _qualified)
telemetry.gauge(names.LEAD_CONSERVATION_GAP, _gap)
telemetry.gauge(names.LEADS_COUNTED_AGE, _age)
