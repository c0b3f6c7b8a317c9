"""Whether the suite is at rest: no timer due, nothing unsent, nothing unread, and nothing moved since the last look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class Remainder(Protocol):
    """What one service has left to do."""

    @property
    def timers_due(self) -> int: ...
    @property
    def processes_due(self) -> int: ...
    @property
    def outbox_pending(self) -> int: ...
    @property
    def consumer_lag(self) -> int: ...
    @property
    def progress(self) -> int: ...
    @property
    def published(self) -> Mapping[str, int]: ...
    @property
    def consumed(self) -> Mapping[str, int]: ...
    @property
    def consumers(self) -> Sequence[str]: ...


def left_to_do(rests: Mapping[str, Remainder]) -> list[str]:
    """What is left, in words such as `collab: 2 timers due`; empty when all services are quiet."""
    behind = consumers_behind(rests)
    return [
        f"{service}: {words}" for service, rest in sorted(rests.items()) for words in _left_of(rest, behind[service])
    ]


def consumers_behind(rests: Mapping[str, Remainder]) -> dict[str, list[str]]:
    """By service, the consumers that have not read all that any service has sent, each as `<consumer>|<topic>`."""
    published: dict[str, int] = {}
    for rest in rests.values():
        for place, offset in rest.published.items():
            published[place] = max(offset, published.get(place, 0))
    return {
        service: [consumer for consumer in rest.consumers if not _has_caught_up(consumer, rest.consumed, published)]
        for service, rest in rests.items()
    }


def _left_of(rest: Remainder, behind: Sequence[str]) -> list[str]:
    counts = (
        (rest.timers_due, "timers due"),
        (rest.processes_due, "processes due"),
        (rest.outbox_pending, "events not sent"),
        (rest.consumer_lag, "events not read"),
    )
    return [f"{count} {what}" for count, what in counts if count] + [f"{consumer} is behind" for consumer in behind]


def _has_caught_up(consumer: str, consumed: Mapping[str, int], published: Mapping[str, int]) -> bool:
    """A consumer holds partitions of its topic and has read all that any service has sent there."""
    name, _, topic = consumer.partition("|")
    sent = {place: offset for place, offset in published.items() if place.startswith(f"{topic}/")}
    holds_any = any(place.startswith(f"{consumer}/") for place in consumed)
    return holds_any and all(consumed.get(f"{name}|{place}", 0) >= offset for place, offset in sent.items())


def progress_of(rests: Mapping[str, Remainder]) -> tuple[tuple[str, int], ...]:
    """How far each service is; equal twice means that nothing moved in between."""
    return tuple((service, rest.progress) for service, rest in sorted(rests.items()))
