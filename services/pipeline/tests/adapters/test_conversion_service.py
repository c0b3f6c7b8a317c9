"""ConversionService as callers meet it: a real server on a real database, beside neighbours that may fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import grpc
import pytest
import pytest_asyncio
from sqlalchemy import text

from chassis.channels import ATTEMPTS
from chassis.error_mapping import from_rpc_error
from chassis.errors import ThroughlineError, Unreachable
from pipeline.application.conversion_ports import MatchOutcome
from pipeline.domain.ids import CustomerId
from throughline.pipeline.v1 import activity_service_pb2, opportunity_pb2
from throughline.pipeline.v1 import conversion_service_pb2 as pb
from throughline.pipeline.v1.activity_service_pb2_grpc import ActivityServiceStub

from ..builders import ANNA, CUSTOMER, LEAD, NORTH, TENANT
from ..neighbours import a_customer, a_lead
from .sales_desk import SalesDesk

if TYPE_CHECKING:
    from support.databases import DatabaseFactory
    from support.tokens import TokenIssuer


@pytest_asyncio.fixture
async def desk(database_factory: DatabaseFactory, token_issuer: TokenIssuer) -> AsyncIterator[SalesDesk]:
    async with SalesDesk.open(database_factory("pipeline"), token_issuer) as opened:
        yield opened


async def refusal(awaitable: Any) -> ThroughlineError:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await awaitable
    return from_rpc_error(refused.value)


def steps_of(conversion: pb.Conversion) -> set[str]:
    return {pb.ConversionStepState.Name(step.state).removeprefix("CONVERSION_STEP_STATE_") for step in conversion.steps}


def outage(when: str = "after") -> list[tuple[str, BaseException] | None]:
    """A neighbour fails as often as the channel tries, before or after it acts."""
    return [(when, Unreachable("a neighbour"))] * ATTEMPTS


async def until_due(desk: SalesDesk) -> None:
    """Lets what backs off go on at once."""
    async with desk.database.system() as connection:
        await connection.execute(text("UPDATE process SET next_try_at = clock_timestamp() WHERE next_try_at > now()"))
    processes = desk.service.service.processes
    assert processes is not None
    await processes.run_due()


async def test_a_lead_becomes_a_customer_a_contact_and_an_opportunity_of_its_owner(desk: SalesDesk) -> None:
    done = await desk.convert("sun")

    assert (done.state, steps_of(done)) == (pb.CONVERSION_STATE_DONE, {"DONE"})
    opportunity = await desk.get(done.opportunity_id)
    assert (opportunity.lead_id, opportunity.customer_id) == (LEAD, done.customer_id)
    assert (opportunity.owner_id, opportunity.team_id, opportunity.product_line) == (ANNA, NORTH, "imaging")
    master = desk.neighbours.master.customers[CustomerId(done.customer_id)]
    assert (master.known.name, master.known.owner_id, len(master.contacts)) == ("杭州启明医院", ANNA, 1)
    assert desk.neighbours.router.converted_into == {LEAD: done.opportunity_id}
    assert await desk.told() == ["OpportunityCreated", "opportunity.created", "conversion.done"]
    actions = [row.action for row in await desk.audited()]
    assert actions[0] == "conversion.begin"
    assert actions[-1] == "conversion.done"


async def test_clicks_of_several_clients_make_one_conversion(desk: SalesDesk) -> None:
    answers = await asyncio.gather(
        *(desk.convert(who, request_id=key) for who in ("anna", "sun") for key in ("", "a", "b"))
    )
    again = await desk.convert(request_id="a")

    assert len({answer.conversion_id for answer in [*answers, again]}) == 1
    assert again.state == pb.CONVERSION_STATE_DONE
    assert (await desk.told()).count("OpportunityCreated") == 1
    assert len(desk.neighbours.master.customers) == 2


async def test_conversion_goes_on_by_itself_when_a_neighbour_comes_back(desk: SalesDesk) -> None:
    desk.neighbours.master.trouble.plan = [None, *outage()]

    waiting = await desk.convert()
    seen = (await desk.conversions.ListConversions(pb.ListConversionsRequest(), metadata=desk.who("anna"))).conversions
    desk.neighbours.master.trouble.plan = []
    await until_due(desk)

    assert waiting.state == pb.CONVERSION_STATE_RUNNING
    assert (waiting.attempts, waiting.HasField("next_try_at")) == (1, True)
    assert waiting.last_fault.startswith("Unreachable")
    assert [one.conversion_id for one in seen] == [waiting.conversion_id]
    request = pb.GetConversionRequest(conversion_id=waiting.conversion_id)
    done = (await desk.conversions.GetConversion(request, metadata=desk.who("anna"))).conversion
    assert (done.state, done.attempts, done.last_fault) == (pb.CONVERSION_STATE_DONE, 0, "")
    assert not done.HasField("next_try_at")
    assert len(desk.neighbours.master.customers) == 2


async def test_what_was_made_is_taken_back_when_a_later_step_is_refused_for_good(desk: SalesDesk) -> None:
    desk.neighbours.router.trouble.plan = [None, None, None, *outage("before")]
    running = await desk.convert()
    desk.neighbours.router.end(LEAD, "closed")
    await until_due(desk)

    request = pb.GetConversionRequest(conversion_id=running.conversion_id)
    failed = (await desk.conversions.GetConversion(request, metadata=desk.who("anna"))).conversion
    assert (failed.state, failed.failed_step) == (pb.CONVERSION_STATE_FAILED, pb.CONVERSION_STEP_LEAD)
    assert failed.failure_reason == "LEAD_STATE_FORBIDS"
    assert desk.neighbours.master.customers[CustomerId(failed.customer_id)].known.is_archived
    opportunity = await desk.get(failed.opportunity_id)
    assert (opportunity.state, opportunity.win_probability_pct) == (opportunity_pb2.OPPORTUNITY_STATE_WITHDRAWN, 0)
    assert (await desk.told())[-3:] == ["OpportunityWithdrawn", "opportunity.withdrawn", "conversion.failed"]


async def test_undone_conversion_leaves_the_lead_to_be_converted_again(desk: SalesDesk) -> None:
    done = await desk.convert()

    undone = await desk.undo(done, request_id="click")
    again = await desk.undo(done, request_id="click")
    second = await desk.convert()

    assert (undone.state, undone.undone_by) == (pb.CONVERSION_STATE_UNDONE, f"person:{ANNA}")
    assert again == undone
    assert steps_of(undone) == {"REVERTED"}
    withdrawn = await desk.get(done.opportunity_id)
    assert withdrawn.state == opportunity_pb2.OPPORTUNITY_STATE_WITHDRAWN
    reopened = await refusal(desk.call("ReopenOpportunity", withdrawn, reason="还要"))
    assert reopened.reason == "OPPORTUNITY_STATE_FORBIDS"
    assert second.conversion_id != done.conversion_id
    assert desk.neighbours.router.converted_into == {LEAD: second.opportunity_id}


async def test_undo_names_everything_that_was_added_and_changes_nothing(desk: SalesDesk) -> None:
    done = await desk.convert()
    await desk.call("TickChecklistItem", await desk.get(done.opportunity_id), item_code="pain_recorded")
    await desk.create(customer_id=done.customer_id)
    follow_up = activity_service_pb2.RecordFollowUpRequest(
        customer_id=done.customer_id, channel=activity_service_pb2.CHANNEL_PHONE, summary="回访"
    )
    stub: Any = ActivityServiceStub(desk.service.channel)
    await stub.RecordFollowUp(follow_up, metadata=desk.who("anna"))
    desk.neighbours.master.touch(CustomerId(done.customer_id))

    refused = await refusal(desk.undo(done))

    assert refused.reason == "CONVERSION_BUILT_UPON"
    assert refused.metadata["added"] == "follow_up, opportunity, opportunity.changed, customer.changed"
    assert (await desk.get(done.opportunity_id)).state == opportunity_pb2.OPPORTUNITY_STATE_OPEN


async def test_undo_is_broken_off_when_somebody_adds_something_meanwhile(desk: SalesDesk) -> None:
    done = await desk.convert()
    desk.neighbours.master.trouble.plan = [None, *outage("before")]
    undoing = await desk.undo(done)
    desk.neighbours.master.touch(CustomerId(done.customer_id))
    await until_due(desk)

    request = pb.GetConversionRequest(conversion_id=done.conversion_id)
    standing = (await desk.conversions.GetConversion(request, metadata=desk.who("anna"))).conversion
    assert undoing.state == pb.CONVERSION_STATE_UNDOING
    assert (standing.state, list(standing.added)) == (pb.CONVERSION_STATE_DONE, ["customer.changed"])
    assert (await desk.get(done.opportunity_id)).state == opportunity_pb2.OPPORTUNITY_STATE_OPEN


async def test_lead_that_may_be_several_customers_waits_for_a_choice(desk: SalesDesk) -> None:
    desk.neighbours.master.verdict = MatchOutcome.SUGGEST

    refused = await refusal(desk.convert())
    joined = await desk.convert(customer_id=CUSTOMER)

    assert (refused.reason, refused.metadata["candidates"]) == ("CUSTOMER_CHOICE_NEEDED", CUSTOMER)
    assert refused.metadata["names"] == "杭州恒昌医院"
    assert (joined.customer_id, joined.is_new_customer, joined.is_new_contact) == (CUSTOMER, False, True)
    undone = await desk.undo(joined)
    assert undone.state == pb.CONVERSION_STATE_UNDONE
    assert not desk.neighbours.master.customers[CUSTOMER].known.is_archived


async def test_lead_that_is_a_customer_joins_it_unless_the_caller_may_not_change_it(desk: SalesDesk) -> None:
    desk.neighbours.master.verdict = MatchOutcome.JOIN
    desk.neighbours.master.customers[CUSTOMER] = a_customer(owner_id="0190f3c4-0000-7000-8000-0000000000ee", team_id="")

    foreign = await refusal(desk.convert())
    forbidden = await refusal(desk.convert(customer_id=CUSTOMER))
    desk.neighbours.master.customers[CUSTOMER] = a_customer()
    joined = await desk.convert()

    assert (foreign.reason, forbidden.reason) == ("CUSTOMER_CHOICE_NEEDED", "FORBIDDEN")
    assert (joined.customer_id, joined.state) == (CUSTOMER, pb.CONVERSION_STATE_DONE)


async def test_everything_that_cannot_be_is_refused_before_anything_is_made(desk: SalesDesk) -> None:
    leads = desk.neighbours.router.leads
    assert (await refusal(desk.convert("bo"))).reason == "FORBIDDEN"
    leads[LEAD] = a_lead(state="closed")
    assert (await refusal(desk.convert())).reason == "LEAD_STATE_FORBIDS"
    leads[LEAD] = a_lead(company="")
    assert (await refusal(desk.convert())).reason == "INVALID_REQUEST"
    desk.neighbours.master.archive(CUSTOMER)
    assert (await refusal(desk.convert(customer_id=CUSTOMER))).reason == "CUSTOMER_ARCHIVED"
    assert (await refusal(desk.convert(customer_id=LEAD))).reason == "NOT_FOUND"
    assert (await refusal(desk.convert(customer_id=CUSTOMER, new_customer=True))).reason == "INVALID_REQUEST"
    assert (await refusal(desk.create())).reason == "CUSTOMER_ARCHIVED"
    assert (await refusal(desk.create(customer_id=LEAD))).reason == "NOT_FOUND"

    async with desk.database.transaction(TENANT) as transaction:
        assert await transaction.connection.scalar(text("SELECT count(*) FROM conversion")) == 0
