"""Files in follow-ups and as evidence of opportunities: referred to in the aggregate's own transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest_asyncio

from chassis.clock import BusinessClock
from chassis.ids import new_id
from support.events import an_event, deliver, outbox_records
from support.filing import ANNA, NORTH, TENANT, FilingDesk, a_filing_desk
from throughline.lead_router.v1.events_pb2 import LeadAssigned
from throughline.pipeline.v1.events_pb2 import FollowUpRecorded

if TYPE_CHECKING:
    from support.databases import DatabaseFactory
    from support.tokens import TokenIssuer

LEAD, CUSTOMER = new_id(), new_id()
MINUTES, BRIEF = "客户关心交付周期。".encode(), "竞品报价低 8%。".encode()


@pytest_asyncio.fixture
async def desk(
    database_factory: DatabaseFactory, token_issuer: TokenIssuer, tmp_path: Path
) -> AsyncIterator[FilingDesk]:
    async with a_filing_desk(database_factory("pipeline"), token_issuer, tmp_path / "objects") as opened:
        fact = an_event(LeadAssigned(lead_id=LEAD, owner_id=ANNA, team_id=NORTH), TENANT, aggregate_id=LEAD, version=2)
        await deliver(opened.service.runtime.database, opened.service.service.subscriptions[0], fact)
        yield opened


async def record(desk: FilingDesk, *file_ids: str, subject: str = "anna") -> Any:
    body = {"lead_id": LEAD, "channel": "VISIT", "summary": "面谈需求", "file_ids": list(file_ids)}
    return await desk.call("POST", "/v1/follow-ups", subject, **body)


async def later(desk: FilingDesk, hours: int) -> None:
    clock = BusinessClock(desk.service.runtime.database, is_movable=True)
    await clock.move(timedelta(hours=hours), hold_timers=False)
    await desk.settle()


async def test_a_follow_up_keeps_its_files_and_tells_of_them(desk: FilingDesk) -> None:
    minutes, brief = await desk.filed(MINUTES), await desk.filed(BRIEF, kind="competitor_brief")

    answer = await record(desk, minutes["file_id"], brief["file_id"])
    await later(desk, 30)
    by_lead = (await desk.call("GET", f"/v1/files?lead_id={LEAD}", "dora")).json()["files"]

    assert answer.json()["follow_up"]["file_ids"] == [minutes["file_id"], brief["file_id"]]
    assert [(one["kind"], one["state"]) for one in by_lead] == [
        ("interview_minutes", "READY"),
        ("competitor_brief", "READY"),
    ]
    [fact] = [
        FollowUpRecorded.FromString(record.payload)
        for record in await outbox_records(desk.service.runtime.database)
        if record.headers["ce_type"].endswith("FollowUpRecorded")
    ]
    assert [one.kind for one in fact.documents] == ["interview_minutes", "competitor_brief"]


async def test_every_file_that_cannot_be_referred_to_is_named(desk: FilingDesk) -> None:
    foreign = await desk.filed(BRIEF, "bo", kind="competitor_brief")
    refused = await desk.filed(b"MZ\x90\0")
    unknown = new_id()

    answer = await record(desk, unknown, refused["file_id"], foreign["file_id"])

    assert answer.status_code == 400
    assert [(one["field"], one["reason"]) for one in answer.json()["violations"]] == [
        ("file_ids[0]", "file.unknown"),
        ("file_ids[1]", "file.not_ready"),
        ("file_ids[2]", "file.unknown"),
    ]


async def test_evidence_is_a_ready_file_of_the_kind_and_goes_when_it_is_replaced(desk: FilingDesk) -> None:
    created = await desk.call("POST", "/v1/opportunities", customer_id=CUSTOMER, title="CT 采购")
    opportunity = created.json()["opportunity"]
    model = (await desk.call("GET", "/v1/stage-models/active")).json()["stage_model"]["document"]
    items = [item for stage in model["stages"] for gate in ("entry_gate", "exit_gate") for item in stage[gate]]
    item = next(item for item in items if item["kind"] == "document")
    first = await desk.filed(MINUTES, kind=item["document"])
    second, other = await desk.filed(MINUTES, kind=item["document"]), await desk.filed(BRIEF, kind="something_else")

    async def attach(version: str, file_id: str) -> Any:
        body = {"version": version, "item_code": item["code"], "evidence_kind": item["document"], "file_id": file_id}
        return await desk.call("POST", f"/v1/opportunities/{opportunity['opportunity_id']}:attachEvidence", **body)

    wrong = await attach("1", other["file_id"])
    one = await attach("1", first["file_id"])
    two = await attach("2", second["file_id"])
    await later(desk, 30)

    assert [fault["reason"] for fault in wrong.json()["violations"]] == ["file.kind"]
    assert one.json()["opportunity"]["fulfilments"][0]["evidence"]["file_id"] == first["file_id"]
    assert two.status_code == 200
    assert (await desk.file(first["file_id"]))["state"] == "REMOVED"
    assert (await desk.file(second["file_id"]))["state"] == "READY"
