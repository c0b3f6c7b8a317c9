"""What a service is made of, as its `wiring.py` states it; `chassis.process` runs it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chassis.database import Transaction
from chassis.process_runner import ProcessRunner
from chassis.record_sets import RecordSets
from chassis.subscription import Subscription
from chassis.timers import TimerKind

Snapshot = Callable[[Transaction, str], Awaitable[str]]
"""Appends the present state of up to 500 aggregates after the given id to the outbox; returns the last id, or an empty
text where there are none left."""


@dataclass(frozen=True, slots=True)
class Job:
    """Work that recurs, done by one process of the service at a time."""

    name: str
    every_s: float
    """Seconds of real time between two runs."""
    run: Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Service:
    """The parts of one service."""

    servicers: Sequence[Any] = ()
    """gRPC servicers beside those that every service has."""
    aggregates: Sequence[str] = ()
    """Aggregates whose events it emits, for example `("lead",)`."""
    subscriptions: Sequence[Subscription] = ()
    """Consumers beside the directory's, which every service has."""
    timer_kinds: Sequence[TimerKind] = ()
    processes: ProcessRunner | None = None
    """Carries on the durable processes of a service that has any."""
    snapshots: Mapping[str, Snapshot] = field(default_factory=dict)
    """How the present state of an aggregate is emitted, by aggregate."""
    records: RecordSets = field(default_factory=dict)
    """Records that are compared with those of other services, beside the directory's copy, which every service has."""
    jobs: Sequence[Job] = ()
    leaving: Sequence[Callable[[], None]] = ()
    """Called once the process is told to stop and its health says so, while calls are still taken."""
    serving: Sequence[Callable[[], Awaitable[None]]] = ()
    """Further tasks of the role `serve`, which run until cancelled."""
    working: Sequence[Callable[[], Awaitable[None]]] = ()
    """Further tasks of the role `worker`, which run until cancelled."""
