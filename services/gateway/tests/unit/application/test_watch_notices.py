"""What one person sees happen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from chassis.errors import Exhausted, PersonUnknown
from gateway.application.notice_hub import MOST_CONNECTIONS_EACH, MOST_WAITING, NoticeHub
from gateway.application.watch_notices import MOST_RESUMED, Sign, WatchNotices
from gateway.domain.notice import SentNotice
from gateway.domain.notice_audience import Viewer

START = datetime(2026, 3, 10, 1, 30, tzinfo=UTC)
FOREVER = 1e12


def a_notice(number: int, at_s: float = 0.0, person: str = "p1", tenant: str = "t") -> SentNotice:
    return SentNotice(f"n{number}", tenant, START + timedelta(seconds=at_s), "lead.assigned", (person,), (), b"{}")


@dataclass
class KeptInMemory:
    notices: list[SentNotice] = field(default_factory=list)

    async def since(self, tenant_id: str, notice_id: str, *, most: int) -> Sequence[SentNotice]:
        seen = next((notice for notice in self.notices if notice.id == notice_id), None)
        if seen is None:
            return []
        since = seen.recorded_at - timedelta(seconds=60)
        return [notice for notice in self.notices if notice.recorded_at >= since][:most]


@dataclass
class ViewersInMemory:
    viewers: dict[str, Viewer] = field(default_factory=lambda: {"p1": Viewer("p1", frozenset({"rep"}), frozenset())})

    async def viewer(self, tenant_id: str, person_id: str) -> Viewer | None:
        return self.viewers.get(person_id)


@dataclass
class World:
    hub: NoticeHub = field(default_factory=NoticeHub)
    kept: KeptInMemory = field(default_factory=KeptInMemory)
    viewers: ViewersInMemory = field(default_factory=ViewersInMemory)
    now: float = 0.0

    @property
    def watch(self) -> WatchNotices:
        return WatchNotices(self.hub, self.kept, self.viewers, clock=lambda: self.now)


@pytest.fixture
def world() -> World:
    return World()


async def seen(world: World, count: int, last_id: str = "") -> list[str]:
    """Ids of the next notices after the stream has opened; `reset` for a reset."""
    stream = world.watch("t", "p1", until=FOREVER, last_id=last_id)
    assert await anext(stream) is Sign.OPENED
    steps = [await anext(stream) for _ in range(count)]
    await stream.aclose()
    return [step.id if isinstance(step, SentNotice) else "reset" for step in steps]


async def test_notices_come_as_they_happen_to_those_who_may_see_them(world: World) -> None:
    stream = world.watch("t", "p1", until=FOREVER)
    await anext(stream)

    world.hub.publish([a_notice(1), a_notice(2, person="p2"), a_notice(3, tenant="other"), a_notice(4)])

    assert [step.id for step in [await anext(stream), await anext(stream)] if isinstance(step, SentNotice)] == [
        "n1",
        "n4",
    ]
    await stream.aclose()


async def test_after_a_break_what_was_missed_comes_first_and_nothing_twice(world: World) -> None:
    world.kept.notices = [a_notice(1, -90), a_notice(2, -30), a_notice(3, 0), a_notice(4, 10)]
    world.hub.publish([a_notice(4, 10), a_notice(5, 11)])  # 5 came in live, but is not kept yet

    assert await seen(world, 3, last_id="n3") == ["n2", "n4", "n5"]


async def test_a_notice_that_comes_again_live_is_dropped(world: World) -> None:
    world.kept.notices = [a_notice(1), a_notice(2, 1)]
    stream = world.watch("t", "p1", until=FOREVER, last_id="n1")
    await anext(stream)

    missed = await anext(stream)
    world.hub.publish([a_notice(2, 1), a_notice(3, 2)])
    live = await anext(stream)

    assert isinstance(missed, SentNotice)
    assert isinstance(live, SentNotice)
    assert (missed.id, live.id) == ("n2", "n3")
    await stream.aclose()


async def test_a_notice_seen_a_moment_ago_and_not_kept_yet_is_known(world: World) -> None:
    world.hub.publish([a_notice(1), a_notice(2, 1)])

    assert await seen(world, 1, last_id="n1") == ["n2"]


async def test_an_unknown_id_resets_the_client(world: World) -> None:
    assert await seen(world, 1, last_id="n9") == ["reset"]


async def test_too_much_to_send_again_resets_the_client(world: World) -> None:
    world.kept.notices = [a_notice(number, number) for number in range(MOST_RESUMED + 1)]

    assert await seen(world, 1, last_id="n0") == ["reset"]


async def test_a_client_that_does_not_keep_up_is_reset_and_let_go(world: World) -> None:
    stream = world.watch("t", "p1", until=FOREVER)
    await anext(stream)

    world.hub.publish([a_notice(number) for number in range(MOST_WAITING + 1)])
    steps = [step async for step in stream]

    assert len(steps) == MOST_WAITING + 1
    assert steps[-1] is Sign.RESET


async def test_rights_that_change_take_effect_on_an_open_stream(world: World) -> None:
    stream = world.watch("t", "p1", until=FOREVER)
    await anext(stream)
    world.viewers.viewers["p1"] = Viewer("p1", frozenset({"director"}), frozenset())
    world.hub.publish([a_notice(1)])
    await anext(stream)

    async def next_id() -> str:
        step = await anext(stream)
        assert isinstance(step, SentNotice)
        return step.id

    pending = next_id()
    world.hub.publish([a_notice(2), a_notice(3, person="p2")])

    # The viewer is looked at between two fetches, so the first notice is still seen under the old rights.
    assert await pending == "n2"
    world.hub.publish([a_notice(4, person="p2")])
    assert await next_id() == "n4"
    await stream.aclose()


async def test_a_stream_ends_with_the_persons_access(world: World) -> None:
    stream = world.watch("t", "p1", until=FOREVER)
    await anext(stream)
    world.hub.publish([a_notice(1)])
    del world.viewers.viewers["p1"]

    assert [step async for step in stream] == [a_notice(1)]


async def test_a_stream_ends_with_its_token(world: World) -> None:
    stream = world.watch("t", "p1", until=100.0)
    await anext(stream)
    world.hub.publish([a_notice(1)])
    await anext(stream)
    world.now = 100.0

    assert [step async for step in stream] == []


async def test_somebody_without_access_sees_nothing(world: World) -> None:
    with pytest.raises(PersonUnknown):
        await anext(world.watch("t", "p9", until=FOREVER))


async def test_a_person_has_so_many_streams_and_no_more(world: World) -> None:
    streams = [world.watch("t", "p1", until=FOREVER) for _ in range(MOST_CONNECTIONS_EACH)]
    for stream in streams:
        await anext(stream)

    with pytest.raises(Exhausted):
        await anext(world.watch("t", "p1", until=FOREVER))

    for stream in streams:
        await stream.aclose()
    await seen(world, 0)


async def test_streams_end_when_the_process_stops(world: World) -> None:
    stream = world.watch("t", "p1", until=FOREVER)
    await anext(stream)

    world.hub.close()

    assert [step async for step in stream] == [Sign.RESET]
