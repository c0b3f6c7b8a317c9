"""Follow-ups held against the standard of their type of customer, over the API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest_asyncio

from chassis.ids import new_id
from support.events import an_event, deliver
from support.filing import ANNA, NORTH, TENANT, FilingDesk, a_filing_desk
from throughline.lead_router.v1.events_pb2 import LeadAssigned, LeadReceived
from throughline.lead_router.v1.lead_pb2 import SEGMENT_KA

if TYPE_CHECKING:
    from support.databases import DatabaseFactory
    from support.tokens import TokenIssuer

LEAD = new_id()
MINUTES = "客户关心交付周期。".encode()


@pytest_asyncio.fixture
async def desk(
    database_factory: DatabaseFactory, token_issuer: TokenIssuer, tmp_path: Path
) -> AsyncIterator[FilingDesk]:
    async with a_filing_desk(database_factory("pipeline"), token_issuer, tmp_path / "objects") as opened:
        received = LeadReceived(lead_id=LEAD, segment=SEGMENT_KA)
        assigned = LeadAssigned(lead_id=LEAD, owner_id=ANNA, team_id=NORTH)
        facts = [an_event(fact, TENANT, aggregate_id=LEAD, version=n) for n, fact in enumerate((received, assigned), 1)]
        await deliver(opened.service.runtime.database, opened.service.service.subscriptions[0], *facts)
        yield opened


async def record(desk: FilingDesk, **fields: Any) -> dict[str, Any]:
    body = {"lead_id": LEAD, "channel": "VISIT", "summary": "面谈需求"} | fields
    answer = await desk.call("POST", "/v1/follow-ups", **body)
    assert answer.status_code == 200, answer.text
    verdict: dict[str, Any] = answer.json()["follow_up"]["verdict"]
    return verdict


async def test_a_key_accounts_follow_up_is_effective_with_all_three_and_the_ratio_is_live(desk: FilingDesk) -> None:
    due = (datetime.now(UTC) + timedelta(days=3)).isoformat().replace("+00:00", "Z")
    whole = {"next_action": "3月15日演示方案", "next_action_at": due, "decision_chain_update": "采购总监换人"}
    minutes, copy = await desk.filed(MINUTES), await desk.filed(MINUTES)

    bare = await record(desk)
    effective = await record(desk, **whole, file_ids=[minutes["file_id"]])
    copied = await record(desk, **whole, file_ids=[copy["file_id"]])
    ratio = (await desk.call("GET", "/v1/effective-ratio?group_by=REP", "dora")).json()
    foreign = (await desk.call("GET", "/v1/effective-ratio", "bo")).json()

    assert bare["missing"] == ["ACTION_ITEM", "NEW_DOCUMENT", "DECISION_CHAIN"]
    assert effective["is_effective"] is True
    assert effective["customer_type"] == "ka"
    assert copied["missing"] == ["NEW_DOCUMENT"]
    [row] = ratio["rows"]
    assert (row["group"], row["follow_ups"], row["effective"], row["effective_ratio_pct"]) == (ANNA, "3", "1", 33.33)
    assert row["missing"] == {"action_item": "1", "new_document": "2", "decision_chain": "1"}
    assert "effective_ratio_pct" not in foreign["total"] or foreign["total"]["effective_ratio_pct"] is None


async def test_a_published_standard_holds_for_new_follow_ups_and_older_looks_are_stale(desk: FilingDesk) -> None:
    before = await record(desk)
    asked: dict[str, Any] = {"customer_type": "ka", "criteria": ["DECISION_CHAIN"], "version": 0, "note": "先抓决策链"}

    by_rep = await desk.call("POST", "/v1/follow-up-standards:publish", **asked)
    published = await desk.call("POST", "/v1/follow-up-standards:publish", "dora", **asked)
    again = await desk.call("POST", "/v1/follow-up-standards:publish", "dora", **asked)
    after = await record(desk, decision_chain_update="采购总监换人")
    active = (await desk.call("GET", "/v1/follow-up-standards/active?customer_type=ka")).json()["standard"]

    assert (by_rep.status_code, published.status_code, again.status_code) == (403, 200, 412)
    assert active == published.json()["standard"]
    assert after == {
        "follow_up_standard_id": active["follow_up_standard_id"],
        "customer_type": "ka",
        "is_effective": True,
        "missing": [],
    }
    assert before["follow_up_standard_id"] != active["follow_up_standard_id"]
