"""What relay and consumers do with the broker, in the words of OpenTelemetry's messaging conventions."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from types import MappingProxyType

from chassis import metric_names as names
from chassis import telemetry

_operations = telemetry.histogram(names.MESSAGING_OPERATION_DURATION)
_sent = telemetry.counter(names.MESSAGES_SENT)
_consumed = telemetry.counter(names.MESSAGES_CONSUMED)
_processed = telemetry.histogram(names.MESSAGING_PROCESS_DURATION)

Labels = Mapping[str, str]


def sending(topics: Iterable[str]) -> AbstractContextManager[None]:
    """Measures the sending of events, one topic for each; the block ends when the broker has them all."""
    counts = Counter(topics)

    def record(took_s: float, error: str) -> None:
        for topic, count in counts.items():
            _operations.record(took_s, _labels("send", "send", topic=topic, error=error))
            _sent.add(count, _labels("send", topic=topic, error=error))

    return _timed(record)


def committing(group: str) -> AbstractContextManager[None]:
    """Measures the commit of a consumer's offsets."""
    return _timed(
        lambda took_s, error: _operations.record(took_s, _labels("commit", "settle", group=group, error=error))
    )


def processing(group: str) -> AbstractContextManager[None]:
    """Measures the handler of one event."""

    def record(took_s: float, error: str) -> None:
        _processed.record(took_s, _labels("process", group=group, error=error))

    return _timed(record)


def note_consumed(group: str, topic: str, count: int) -> None:
    """Counts records that came from the broker, whether there is a handler for them or not."""
    _consumed.add(count, _labels("poll", topic=topic, group=group))


@contextmanager
def _timed(record: Callable[[float, str], None]) -> Iterator[None]:
    """Tells how many seconds the block took, and what ended it; an empty text where nothing went wrong."""
    began, error = time.perf_counter(), ""
    try:
        yield
    except Exception as fault:
        error = type(fault).__name__
        raise
    finally:
        record(time.perf_counter() - began, error)


@cache
def _labels(operation: str, kind: str = "", *, topic: str = "", group: str = "", error: str = "") -> Labels:
    given = {
        names.MESSAGING_SYSTEM: "kafka",
        names.MESSAGING_OPERATION: operation,
        names.MESSAGING_OPERATION_TYPE: kind,
        names.MESSAGING_DESTINATION: topic,
        names.MESSAGING_GROUP: group,
        names.ERROR_TYPE: error,
    }
    return MappingProxyType({name: value for name, value in given.items() if value})
