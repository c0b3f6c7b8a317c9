from __future__ import annotations

from collections.abc import Sequence

import pytest

from chassis.errors import Forbidden, Invalid, Unreachable
from gateway.application.search_everywhere import FindKind, SearchEverywhere
from gateway.domain.search_hit import FoundThing, SearchKind

CUSTOMER, CONTACT, LEAD, OPPORTUNITY = SearchKind


def finding(kind: SearchKind, *titles: str) -> FindKind:
    async def find(_query: str, size: int) -> Sequence[FoundThing]:
        return [FoundThing(kind, f"{kind}s/{title}", title) for title in titles][:size]

    return find


def failing(error: Exception) -> FindKind:
    async def find(_query: str, _size: int) -> Sequence[FoundThing]:
        raise error

    return find


async def test_things_of_all_kinds_come_nearest_first_and_equally_near_ones_by_kind() -> None:
    search = SearchEverywhere(
        {
            OPPORTUNITY: finding(OPPORTUNITY, "恒昌"),
            LEAD: finding(LEAD, "恒昌信息技术", "恒昌信息"),
            CUSTOMER: finding(CUSTOMER, "杭州恒昌"),
            CONTACT: finding(CONTACT, "恒昌明"),
        }
    )

    answer = await search("hengchang", [], 4)

    assert [hit.thing.title for hit in answer.hits] == ["杭州恒昌", "恒昌", "恒昌明", "恒昌信息"]
    assert [hit.closeness for hit in answer.hits[:2]] == [1.0, 1.0]


async def test_owners_that_are_away_or_refuse_are_named_and_the_others_answer() -> None:
    search = SearchEverywhere(
        {
            CUSTOMER: finding(CUSTOMER, "恒昌"),
            LEAD: failing(Unreachable("lead-router")),
            OPPORTUNITY: failing(Forbidden("x")),
        }
    )

    answer = await search("hc", [], 10)

    assert [hit.thing.title for hit in answer.hits] == ["恒昌"]
    assert (answer.unanswered, answer.forbidden) == ([LEAD], [OPPORTUNITY])


async def test_only_the_kinds_named_are_asked_and_a_bad_query_is_refused() -> None:
    search = SearchEverywhere({CUSTOMER: finding(CUSTOMER, "恒昌"), LEAD: failing(Invalid([]))})

    assert len((await search("hc", [CUSTOMER], 10)).hits) == 1
    with pytest.raises(Invalid):
        await search("hc", [LEAD], 10)
