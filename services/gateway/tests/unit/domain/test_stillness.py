"""Whether the suite is at rest."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.application.ports import Rest
from gateway.domain.stillness import left_to_do, progress_of

TOPIC = "throughline.lead.v1"


def a_rest(**changes: Any) -> Rest:
    return Rest(datetime(2026, 3, 10, tzinfo=UTC), **changes)


@pytest.mark.parametrize(
    ("rest", "left"),
    [
        (a_rest(timers_due=2), ["router: 2 timers due"]),
        (a_rest(processes_due=1), ["router: 1 processes due"]),
        (a_rest(outbox_pending=1, consumer_lag=3), ["router: 1 events not sent", "router: 3 events not read"]),
        (a_rest(), []),
    ],
)
def test_what_a_service_counts_is_left(rest: Rest, left: list[str]) -> None:
    assert left_to_do({"router": rest, "collab": a_rest()}) == left


@pytest.mark.parametrize(
    ("consumed", "is_behind"),
    [
        ({f"c.notes|{TOPIC}/0": 7, f"c.notes|{TOPIC}/1": 2}, False),
        ({f"c.notes|{TOPIC}/0": 6, f"c.notes|{TOPIC}/1": 2}, True),
        ({f"c.notes|{TOPIC}/0": 7}, True),
        ({}, True),
    ],
)
def test_a_consumer_is_behind_until_it_has_read_what_any_service_sent(
    consumed: dict[str, int], is_behind: bool
) -> None:
    router = a_rest(published={f"{TOPIC}/0": 7, f"{TOPIC}/1": 2, "throughline.notice.v1/0": 9})
    collab = a_rest(consumers=[f"c.notes|{TOPIC}"], consumed=consumed)

    assert bool(left_to_do({"router": router, "collab": collab})) is is_behind


def test_a_consumer_without_a_partition_is_behind_even_if_nothing_was_sent() -> None:
    assert left_to_do({"collab": a_rest(consumers=[f"c.notes|{TOPIC}"])}) == [f"collab: c.notes|{TOPIC} is behind"]


def test_progress_is_told_per_service() -> None:
    assert progress_of({"b": a_rest(progress=2), "a": a_rest(progress=1)}) == (("a", 1), ("b", 2))
