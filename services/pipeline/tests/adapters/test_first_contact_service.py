"""FirstContactService as callers meet it: the first follow-up opens a form that only filling it whole closes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import grpc
import pytest
import pytest_asyncio
from sqlalchemy import text

from chassis.error_mapping import from_rpc_error
from chassis.errors import Invalid, ThroughlineError
from chassis.proto_values import moment_of
from chassis.timer_runner import TimerRunner
from pipeline.domain.ids import CustomerId
from throughline.pipeline.v1 import first_contact_service_pb2 as pb
from throughline.pipeline.v1.activity_service_pb2_grpc import ActivityServiceStub
from throughline.pipeline.v1.first_contact_service_pb2_grpc import FirstContactServiceStub

from ..builders import ANNA, LEAD, NORTH, a_request
from .sales_desk import SalesDesk

if TYPE_CHECKING:
    from support.databases import DatabaseFactory
    from support.tokens import TokenIssuer

WHOLE = {"pain_point": "候诊时间长", "decision_chain": "设备科提出，院长批准", "intent_level": "A"}


@pytest_asyncio.fixture
async def desk(database_factory: DatabaseFactory, token_issuer: TokenIssuer) -> AsyncIterator[SalesDesk]:
    async with SalesDesk.open(database_factory("pipeline"), token_issuer) as opened:
        await opened.give_lead(ANNA, NORTH)
        yield opened


def stub(desk: SalesDesk) -> Any:
    return FirstContactServiceStub(desk.service.channel)


async def follow_up(desk: SalesDesk) -> None:
    activities: Any = ActivityServiceStub(desk.service.channel)
    await activities.RecordFollowUp(a_request(), metadata=desk.who("anna"))


async def submit(desk: SalesDesk, subject: str = "anna", **fields: Any) -> pb.FirstContactSummary:
    request = pb.SubmitFirstContactSummaryRequest(lead_id=LEAD, **fields)
    answer = await stub(desk).SubmitFirstContactSummary(request, metadata=desk.who(subject))
    found: pb.FirstContactSummary = answer.summary
    return found


async def open_ones(desk: SalesDesk, subject: str, **fields: Any) -> list[str]:
    request = pb.ListOpenFirstContactSummariesRequest(**fields)
    answer = await stub(desk).ListOpenFirstContactSummaries(request, metadata=desk.who(subject))
    return [summary.lead_id for summary in answer.summaries]


async def refusal(awaitable: Any) -> ThroughlineError:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await awaitable
    return from_rpc_error(refused.value)


async def pass_time(desk: SalesDesk, span: timedelta) -> None:
    async with desk.database.system() as connection:
        await connection.execute(text("UPDATE business_clock SET clock_offset = clock_offset + :by"), {"by": span})
    kinds = {kind.name: kind for kind in desk.service.service.timer_kinds}
    while await TimerRunner(desk.database, kinds).run_due():
        continue


async def test_first_follow_up_opens_a_summary_that_only_filling_it_whole_closes(desk: SalesDesk) -> None:
    assert (await refusal(submit(desk, **WHOLE))).reason == "NOT_FOUND"
    await follow_up(desk)
    await follow_up(desk)

    missing = await refusal(submit(desk, pain_point=" ", intent_level="Z"))
    waiting = await open_ones(desk, "anna")
    filled = await submit(desk, **WHOLE, request_id="click")
    again = await submit(desk, **WHOLE, request_id="click")

    assert isinstance(missing, Invalid)
    assert {fault.field for fault in missing.violations} == {"pain_point", "decision_chain", "intent_level"}
    assert waiting == [LEAD]
    assert filled == again
    assert (filled.is_open, filled.is_overdue, filled.intent_level) == (False, False, "A")
    assert moment_of(filled.due_at) - moment_of(filled.contacted_at) == timedelta(minutes=30)
    assert await open_ones(desk, "anna") == []
    assert (await refusal(submit(desk, **WHOLE))).reason == "FIRST_CONTACT_SUMMARY_CLOSED"
    told = [name for name in await desk.told() if name.startswith("FirstContact")]
    assert told == ["FirstContactSummaryOpened", "FirstContactSummarySubmitted"]
    rows = await desk.audited()
    assert [row.action for row in rows][-1] == "first_contact_summary.submit"
    assert all("候诊" not in row.after for row in rows)


async def test_half_an_hour_after_the_contact_the_rep_is_told_once_and_the_summary_stays_open(desk: SalesDesk) -> None:
    await follow_up(desk)

    await pass_time(desk, timedelta(minutes=29))
    before = await open_ones(desk, "sun", only_overdue=True)
    await pass_time(desk, timedelta(minutes=2))
    await pass_time(desk, timedelta(hours=5))
    overdue = await open_ones(desk, "sun", only_overdue=True, person_id=ANNA)
    late = await submit(desk, "sun", **WHOLE)

    assert (before, overdue) == ([], [LEAD])
    assert (await desk.told()).count("FirstContactSummaryOverdue") == 1
    assert (late.is_open, late.is_overdue) == (False, True)


async def test_summary_filled_in_time_rings_no_bell(desk: SalesDesk) -> None:
    await follow_up(desk)
    await submit(desk, **WHOLE)

    await pass_time(desk, timedelta(hours=1))

    assert "FirstContactSummaryOverdue" not in await desk.told()


async def test_somebody_elses_summary_looks_like_a_missing_one(desk: SalesDesk) -> None:
    await follow_up(desk)

    request = pb.GetFirstContactSummaryRequest(lead_id=LEAD)
    assert (await refusal(submit(desk, "bo", **WHOLE))).reason == "NOT_FOUND"
    assert (await refusal(stub(desk).GetFirstContactSummary(request, metadata=desk.who("bo")))).reason == "NOT_FOUND"
    assert await open_ones(desk, "bo") == []
    assert (await stub(desk).GetFirstContactSummary(request, metadata=desk.who("anna"))).summary.person_id == ANNA


async def test_limit_and_levels_of_the_tenant_hold_for_contacts_from_then_on(desk: SalesDesk) -> None:
    settings = pb.FirstContactSettings(limit_min=10, intent_levels=[pb.IntentLevel(code="HOT", name="热")])
    request = pb.PutFirstContactSettingsRequest(settings=settings)
    assert (await refusal(stub(desk).PutFirstContactSettings(request, metadata=desk.who("anna")))).reason == "FORBIDDEN"
    put = (await stub(desk).PutFirstContactSettings(request, metadata=desk.who("dora"))).settings
    stale = await refusal(stub(desk).PutFirstContactSettings(request, metadata=desk.who("dora")))
    await follow_up(desk)

    read = await stub(desk).GetFirstContactSettings(pb.GetFirstContactSettingsRequest(), metadata=desk.who("anna"))
    filled = await submit(desk, **WHOLE | {"intent_level": "HOT"})

    assert (read.settings, put.version, stale.reason) == (put, 1, "STALE_VERSION")
    assert moment_of(filled.due_at) - moment_of(filled.contacted_at) == timedelta(minutes=10)


async def test_conversion_takes_the_pain_point_to_the_customer_that_it_makes(desk: SalesDesk) -> None:
    await follow_up(desk)
    await submit(desk, **WHOLE)

    done = await desk.convert()

    assert desk.neighbours.master.customers[CustomerId(done.customer_id)].pain_points == "候诊时间长"
