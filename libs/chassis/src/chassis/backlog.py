"""What waits in a service, as gauges for whoever watches it: events, deadlines, parked and unread records.

Every worker process of a service tells the same of its database and its own part of the unread records, so a dashboard
takes the maximum of the former and the sum of the latter.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakSet

from opentelemetry.metrics import CallbackOptions, Observation
from sqlalchemy import text

from chassis import metric_names as names
from chassis import telemetry
from chassis.consumer import Consumer
from chassis.database import Database


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the database held when it was looked at."""

    outbox: int
    """Events not sent yet."""
    oldest_s: float
    """Age of the oldest of them, in seconds of business time."""
    parked: int
    """Dead letters that are tried again by themselves."""
    dead: int
    """Dead letters that wait for somebody."""
    timers_due: int
    timers_dead: int
    """Deadlines that failed too often and wait for somebody."""
    late_s: float
    """For how long the oldest due deadline is due, in seconds of business time."""
    business_now: datetime
    clock_skew_s: float
    """This host's clock less the database's, in seconds, to within the time that the question took."""
    unrouted: int
    """Records without a readable tenant, which nobody can replay."""


async def look_at(database: Database) -> Waiting:
    """Counts what waits now.

    Raises:
        Unreachable: the database does not answer.
    """
    async with database.system() as connection:
        asked_s = time.time()
        row = (await connection.execute(_WAITING)).one()
        here_s = (asked_s + time.time()) / 2
    return Waiting(
        row.outbox,
        float(row.oldest_s),
        row.parked,
        row.dead,
        row.timers_due,
        timers_dead=row.timers_dead,
        late_s=float(row.late_s),
        business_now=row.business_now,
        clock_skew_s=here_s - row.database_now.timestamp(),
        unrouted=row.unrouted,
    )


class Backlog:
    """Looks at what waits in one service, and exports what it saw last."""

    def __init__(self, database: Database, consumers: Sequence[Consumer]) -> None:
        self._database = database
        self.consumers = consumers
        self.seen: Waiting | None = None
        _backlogs.add(self)

    async def look(self) -> Waiting:
        """Counts what waits now.

        Raises:
            Unreachable: the database does not answer.
        """
        self.seen = await look_at(self._database)
        return self.seen


_backlogs: WeakSet[Backlog] = WeakSet()
Look = Callable[[Waiting], Iterable[Observation]]


def _gauge(metric: names.Metric, look: Look) -> None:
    def observe(_: CallbackOptions) -> Iterable[Observation]:
        return [found for backlog in _backlogs if backlog.seen is not None for found in look(backlog.seen)]

    telemetry.gauge(metric, observe)


def _by_state(**counts: int) -> list[Observation]:
    return [Observation(count, {names.STATE: state}) for state, count in counts.items()]


def _of_consumers(measure: Callable[[Consumer], float]) -> Callable[[CallbackOptions], Iterable[Observation]]:
    def observe(_: CallbackOptions) -> Iterable[Observation]:
        consumers = [consumer for backlog in _backlogs for consumer in backlog.consumers]
        return [Observation(measure(consumer), {names.CONSUMER: consumer.name}) for consumer in consumers]

    return observe


_gauge(names.OUTBOX_DEPTH, lambda seen: [Observation(seen.outbox)])
_gauge(names.OUTBOX_OLDEST_AGE, lambda seen: [Observation(seen.oldest_s)])
_gauge(names.DEAD_LETTERS, lambda seen: _by_state(waiting=seen.parked, dead=seen.dead, unrouted=seen.unrouted))
_gauge(names.TIMERS_DUE, lambda seen: _by_state(due=seen.timers_due, dead=seen.timers_dead))
_gauge(names.TIMERS_LATE, lambda seen: [Observation(seen.late_s)])
telemetry.gauge(names.CONSUMER_LAG, _of_consumers(lambda consumer: consumer.lag))
telemetry.gauge(names.CONSUMER_LAG_TIME, _of_consumers(lambda consumer: consumer.lag_s))

_WAITING = text(
    "SELECT o.outbox, o.oldest_s, l.parked, l.dead, t.timers_due, t.timers_dead, t.late_s,"
    " (SELECT count(*) FROM dead_letter_unrouted) AS unrouted,"
    " clock_timestamp() AS database_now, clock_timestamp() + c.clock_offset AS business_now FROM business_clock c,"
    " LATERAL (SELECT count(*) AS outbox, coalesce(extract(epoch FROM clock_timestamp() + c.clock_offset"
    " - min(recorded_at)), 0) AS oldest_s FROM outbox WHERE published_at IS NULL) o,"
    " LATERAL (SELECT count(*) FILTER (WHERE state = 'waiting') AS parked,"
    " count(*) FILTER (WHERE state = 'dead') AS dead FROM dead_letter) l,"
    " LATERAL (SELECT count(*) FILTER (WHERE state = 'due') AS timers_due,"
    " count(*) FILTER (WHERE state = 'dead') AS timers_dead, coalesce(extract(epoch FROM clock_timestamp()"
    " + c.clock_offset - min(due_at) FILTER (WHERE state = 'due')), 0) AS late_s FROM timer"
    " WHERE state = 'dead' OR due_at <= clock_timestamp() + c.clock_offset) t"
)
