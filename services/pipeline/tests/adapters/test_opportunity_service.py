"""OpportunityService as callers meet it: a real server, real tokens, a real database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import grpc
import pytest
import pytest_asyncio
from google.protobuf.field_mask_pb2 import FieldMask
from google.type.money_pb2 import Money

from chassis.error_mapping import from_rpc_error
from chassis.errors import Invalid, ThroughlineError
from chassis.ids import new_id
from chassis.proto_values import moment_of, timestamp_of
from pipeline.adapters.kafka.snapshots import snapshot_opportunities
from support.events import outbox_records
from throughline.pipeline.v1 import events_pb2, opportunity_pb2
from throughline.pipeline.v1 import opportunity_service_pb2 as pb

from ..builders import ANNA, BO, LEAD, NORTH, SOUTH, SUPERVISOR, TENANT
from .sales_desk import SalesDesk

if TYPE_CHECKING:
    from support.databases import DatabaseFactory
    from support.tokens import TokenIssuer


REASON = "客户已完成内部评估，要求直接签约"


def yuan(units: int, nanos: int = 0) -> Money:
    return Money(currency_code="CNY", units=units, nanos=nanos)


@pytest_asyncio.fixture
async def desk(database_factory: DatabaseFactory, token_issuer: TokenIssuer) -> AsyncIterator[SalesDesk]:
    async with SalesDesk.open(database_factory("pipeline"), token_issuer) as opened:
        yield opened


async def refusal(awaitable: Any) -> ThroughlineError:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await awaitable
    return from_rpc_error(refused.value)


def fields_of(error: ThroughlineError) -> set[str]:
    assert isinstance(error, Invalid)
    return {fault.field for fault in error.violations}


async def test_new_opportunity_belongs_to_its_creator_and_everybody_concerned_is_told(desk: SalesDesk) -> None:
    opportunity = await desk.create(amount=yuan(120, 500_000_000), expected_close_date="2026-06-30")

    assert (opportunity.owner_id, opportunity.team_id, opportunity.stage) == (ANNA, NORTH, "first_contact")
    assert opportunity.state == opportunity_pb2.OPPORTUNITY_STATE_OPEN
    assert [item.item_code for item in opportunity.missing_items] == ["contact_identified", "pain_recorded"]
    assert await desk.get(opportunity.opportunity_id) == opportunity
    assert await desk.told() == ["OpportunityCreated", "opportunity.created"]
    [row] = await desk.audited()
    assert (row.action, row.actor) == ("opportunity.create", f"person:{ANNA}")


async def test_two_clicks_make_one_opportunity(desk: SalesDesk) -> None:
    first = await desk.create(request_id="click")
    again = await desk.create(request_id="click")

    assert again == first
    assert await desk.told() == ["OpportunityCreated", "opportunity.created"]


async def test_clicks_at_the_same_time_make_one_opportunity(desk: SalesDesk) -> None:
    answers = await asyncio.gather(*(desk.create(request_id="click") for _ in range(8)), return_exceptions=True)

    made = {answer.opportunity_id for answer in answers if isinstance(answer, opportunity_pb2.Opportunity)}
    refused = [answer for answer in answers if isinstance(answer, grpc.aio.AioRpcError)]
    assert len(made) == 1
    assert {from_rpc_error(answer).reason for answer in refused} <= {"IN_FLIGHT"}
    assert (await desk.told()).count("OpportunityCreated") == 1


async def test_every_value_that_cannot_be_is_named_at_once(desk: SalesDesk) -> None:
    refused = await refusal(
        desk.create(title="  x ", amount=Money(currency_code="HKD", units=-1), expected_close_date="2026-02-30")
    )

    assert fields_of(refused) == {"title", "amount.currency", "amount.amount", "expected_close_date"}


async def test_rep_creates_for_nobody_else_and_supervisor_for_the_team(desk: SalesDesk) -> None:
    given = await desk.create("sun", owner_id=ANNA)

    assert given.owner_id == ANNA
    assert (await refusal(desk.create("anna", owner_id=BO))).reason == "FORBIDDEN"
    assert (await refusal(desk.create("sun", owner_id=BO))).reason == "FORBIDDEN"
    assert fields_of(await refusal(desk.create("dora", owner_id=new_id()))) == {"owner_id"}


async def test_opportunity_comes_from_a_lead_that_the_caller_sees_and_that_goes_on(desk: SalesDesk) -> None:
    await desk.give_lead(ANNA, NORTH)

    opportunity = await desk.create(lead_id=LEAD)

    assert opportunity.lead_id == LEAD
    assert (await refusal(desk.create("bo", lead_id=LEAD))).metadata == {"kind": "lead", "id": LEAD}
    await desk.give_lead(ANNA, NORTH, closed=True)
    assert (await refusal(desk.create(lead_id=LEAD))).reason == "LEAD_CLOSED"


async def test_opportunity_of_another_team_looks_like_a_missing_one(desk: SalesDesk) -> None:
    opportunity = await desk.create()
    same = {"kind": "opportunity", "id": opportunity.opportunity_id}

    assert (await refusal(desk.get(opportunity.opportunity_id, "bo"))).metadata == same
    assert (await refusal(desk.call("AdvanceOpportunity", opportunity, "bo"))).metadata == same
    assert (await desk.get(opportunity.opportunity_id, "sun")) == opportunity
    assert (await desk.get(opportunity.opportunity_id, "dora")) == opportunity


async def test_gate_refuses_with_all_that_is_missing_until_it_is_there(desk: SalesDesk) -> None:
    opportunity = await desk.create()

    refused = await refusal(desk.call("AdvanceOpportunity", opportunity))

    assert refused.reason == "STAGE_GATE_UNMET"
    assert refused.metadata["missing"] == "contact_identified, pain_recorded"
    opportunity = await desk.call("TickChecklistItem", opportunity, item_code="contact_identified")
    opportunity = await desk.call("TickChecklistItem", opportunity, item_code="pain_recorded", note="设备老旧")
    opportunity = await desk.call("AdvanceOpportunity", opportunity)
    assert (opportunity.stage, opportunity.version) == ("needs_confirmed", 4)
    events = [name for name in await desk.told() if name.startswith("Opportunity")]
    assert events == ["OpportunityCreated", "OpportunityChanged", "OpportunityChanged", "OpportunityStageChanged"]


async def test_evidence_is_kept_with_who_when_and_what_and_can_be_taken_back(desk: SalesDesk) -> None:
    opportunity = await desk.create()
    shown = {"evidence_kind": "requirement_list", "reference": "file-1", "note": "第二版"}

    attached = await desk.call("AttachEvidence", opportunity, item_code="requirement_list", **shown)
    cleared = await desk.call("ClearChecklistItem", attached, item_code="requirement_list")

    [fulfilment] = attached.fulfilments
    assert (fulfilment.item_code, fulfilment.fulfilled_by) == ("requirement_list", f"person:{ANNA}")
    assert (fulfilment.evidence.kind, fulfilment.evidence.reference) == ("requirement_list", "file-1")
    assert not cleared.fulfilments
    other = desk.call("AttachEvidence", cleared, item_code="requirement_list", **shown | {"evidence_kind": "photo"})
    assert fields_of(await refusal(other)) == {"evidence_kind"}


async def test_skip_needs_a_reason_and_is_counted_with_what_was_missing(desk: SalesDesk) -> None:
    opportunity = await desk.create()

    short = await refusal(desk.call("SkipToStage", opportunity, stage="first_contact", reason="  太短了  "))
    opportunity = await desk.call("SkipToStage", opportunity, stage="contract_signing", reason=REASON)

    assert fields_of(short) == {"stage", "reason"}
    assert (opportunity.stage, opportunity.skips) == ("contract_signing", 1)
    request = pb.ListStageHistoryRequest(opportunity_id=opportunity.opportunity_id)
    entries = (await desk.stub.ListStageHistory(request, metadata=desk.who("anna"))).entries
    assert entries[1].kind == opportunity_pb2.STAGE_MOVE_KIND_SKIPPED
    assert "legal_review" in entries[1].skipped_stages
    assert "contract_draft" in entries[1].missing_items
    assert (entries[1].reason, entries[0].left_at) == (REASON, entries[1].entered_at)


async def test_skip_rate_is_counted_by_rep_and_team_within_what_the_caller_sees(desk: SalesDesk) -> None:
    await desk.call("SkipToStage", await desk.create(), stage="contract_signing", reason=REASON)
    advanced = await desk.create("bo")
    for item in ("contact_identified", "pain_recorded"):
        advanced = await desk.call("TickChecklistItem", advanced, "bo", item_code=item)
    await desk.call("AdvanceOpportunity", advanced, "bo")

    async def rows(subject: str, group_by: Any) -> dict[str, tuple[int, int, float]]:
        answer = await desk.stub.GetSkipRate(pb.GetSkipRateRequest(group_by=group_by), metadata=desk.who(subject))
        assert answer.total.forward_moves == sum(row.forward_moves for row in answer.rows)
        return {row.group: (row.forward_moves, row.skips, row.skip_rate_pct) for row in answer.rows}

    everybody = {ANNA: (1, 1, 100.0), BO: (1, 0, 0.0)}
    assert await rows("dora", pb.SKIP_RATE_GROUPING_REP) == everybody
    assert await rows("dora", pb.SKIP_RATE_GROUPING_TEAM) == {NORTH: (1, 1, 100.0), SOUTH: (1, 0, 0.0)}
    assert await rows("sun", pb.SKIP_RATE_GROUPING_REP) == {ANNA: (1, 1, 100.0)}
    answer = await desk.stub.GetSkipRate(pb.GetSkipRateRequest(), metadata=desk.who("bo"))
    assert (answer.total.forward_moves, answer.total.skips) == (1, 0)


async def test_opportunity_is_won_lost_and_reopened_with_its_history(desk: SalesDesk) -> None:
    opportunity = await desk.create()
    early = await refusal(desk.call("WinOpportunity", opportunity))
    opportunity = await desk.call("SkipToStage", opportunity, stage="contract_signing", reason=REASON)
    unmet = await refusal(desk.call("WinOpportunity", opportunity))
    opportunity = await desk.call(
        "AttachEvidence", opportunity, item_code="signed_contract", evidence_kind="signed_contract", reference="file-9"
    )
    won = await desk.call("WinOpportunity", opportunity)
    closed = await refusal(desk.call("StepBack", won, stage="legal_review", reason="重审"))
    reopened = await desk.call("ReopenOpportunity", won, reason="客户撤回签字")
    lost = await desk.call("LoseOpportunity", reopened, loss_reason=opportunity_pb2.LOSS_REASON_COMPETITOR)

    assert [error.reason for error in (early, unmet, closed)] == [
        "STAGE_TOO_EARLY", "STAGE_GATE_UNMET", "OPPORTUNITY_STATE_FORBIDS",
    ]  # fmt: skip
    assert won.HasField("closed_at")
    assert (won.win_probability_pct, lost.win_probability_pct) == (100, 0)
    assert not reopened.HasField("closed_at")
    events = [name for name in await desk.told() if name.startswith("Opportunity")]
    assert events[-3:] == ["OpportunityWon", "OpportunityReopened", "OpportunityLost"]
    actions = [row.action for row in await desk.audited()]
    assert actions == [
        "opportunity.create", "opportunity.skip", "opportunity.attach_evidence", "opportunity.win",
        "opportunity.reopen", "opportunity.lose",
    ]  # fmt: skip


async def test_opportunity_is_shown_as_it_was(desk: SalesDesk) -> None:
    created = await desk.create(amount=yuan(100))
    mask = FieldMask(paths=["amount"])
    changed = await desk.call("UpdateOpportunity", created, update_mask=mask, amount=yuan(90))
    stepped = await desk.call("SkipToStage", changed, stage="legal_review", reason=REASON)

    for version in (created, changed, stepped):
        assert await desk.get(created.opportunity_id, as_of=version.changed_at) == version
    before = timestamp_of(moment_of(created.created_at) - timedelta(seconds=1))
    assert (await refusal(desk.get(created.opportunity_id, as_of=before))).reason == "NOT_FOUND"


async def test_update_changes_what_the_mask_names_and_nothing_else(desk: SalesDesk) -> None:
    created = await desk.create(amount=yuan(100), custom={"渠道": "展会"})
    mask = FieldMask(paths=["title", "expected_close_date"])

    changed = await desk.call(
        "UpdateOpportunity", created, update_mask=mask, title="MR 采购", expected_close_date="2026-07-01"
    )
    same = await desk.call(
        "UpdateOpportunity", changed, update_mask=mask, title="MR 采购", expected_close_date="2026-07-01"
    )
    cleared = await desk.call("UpdateOpportunity", changed, update_mask=FieldMask(paths=["amount"]))

    assert (changed.title, changed.expected_close_date, changed.version) == ("MR 采购", "2026-07-01", 2)
    assert (changed.amount.units, changed.custom["渠道"]) == (100, "展会")
    assert same == changed
    assert not cleared.HasField("amount")
    stale = await refusal(desk.call("UpdateOpportunity", created, update_mask=mask, title="过期"))
    assert (stale.reason, stale.metadata["current_version"]) == ("STALE_VERSION", "3")


async def test_owner_changes_hands_only_among_people_the_caller_answers_for(desk: SalesDesk) -> None:
    created = await desk.create()
    mask = FieldMask(paths=["owner_id"])

    assert (await refusal(desk.call("UpdateOpportunity", created, update_mask=mask, owner_id=BO))).reason == "FORBIDDEN"
    given = await desk.call("UpdateOpportunity", created, "dora", update_mask=mask, owner_id=BO)

    assert (given.owner_id, given.team_id) == (BO, SOUTH)
    assert (await refusal(desk.get(created.opportunity_id))).reason == "NOT_FOUND"


async def test_without_a_mask_the_fields_that_are_filled_change(desk: SalesDesk) -> None:
    created = await desk.create()

    changed = await desk.call("UpdateOpportunity", created, title="MR 采购")
    same = await desk.call("UpdateOpportunity", changed)

    assert (changed.title, changed.amount, changed.version) == ("MR 采购", created.amount, created.version + 1)
    assert same.version == changed.version


async def test_update_of_a_field_that_is_none_is_refused(desk: SalesDesk) -> None:
    created = await desk.create()

    unknown = await refusal(desk.call("UpdateOpportunity", created, update_mask=FieldMask(paths=["stage"])))
    ownerless = await refusal(
        desk.call("UpdateOpportunity", created, update_mask=FieldMask(paths=["owner_id", "title"]))
    )

    inside = await refusal(desk.call("UpdateOpportunity", created, update_mask=FieldMask(paths=["custom.渠道"])))
    assert fields_of(unknown) == fields_of(inside) == {"update_mask"}
    assert fields_of(ownerless) == {"owner_id", "title"}


async def test_rivals_move_an_opportunity_once(desk: SalesDesk) -> None:
    created = await desk.create()

    answers = await asyncio.gather(
        *(desk.call("SkipToStage", created, stage="legal_review", reason=REASON) for _ in range(6)),
        return_exceptions=True,
    )

    moved = [answer for answer in answers if isinstance(answer, opportunity_pb2.Opportunity)]
    reasons = {from_rpc_error(answer).reason for answer in answers if isinstance(answer, grpc.aio.AioRpcError)}
    assert len(moved) == 1
    assert reasons == {"STALE_VERSION"}
    assert (await desk.get(created.opportunity_id)).skips == 1


async def test_list_shows_what_the_caller_may_see_page_by_page(desk: SalesDesk) -> None:
    mine = [await desk.create() for _ in range(3)]
    theirs = await desk.create("bo", product_line="surgery")

    async def ids(subject: str, **fields: Any) -> tuple[list[str], str]:
        request = pb.ListOpportunitiesRequest(**fields)
        page = await desk.stub.ListOpportunities(request, metadata=desk.who(subject))
        return [one.opportunity_id for one in page.opportunities], page.next_page_token

    newest, token = await ids("anna", page_size=2)
    assert newest == [mine[2].opportunity_id, mine[1].opportunity_id]
    assert await ids("anna", page_size=2, page_token=token) == ([mine[0].opportunity_id], "")
    assert (await ids("dora", product_line="surgery"))[0] == [theirs.opportunity_id]
    assert (await ids("sun", owner_id=BO))[0] == []
    assert len((await ids("sun", state=opportunity_pb2.OPPORTUNITY_STATE_OPEN))[0]) == 3


async def test_opportunity_is_found_by_its_title_its_sound_or_its_initials_by_those_who_see_it(desk: SalesDesk) -> None:
    renewal = await desk.create(title="恒昌续费三年")
    await desk.create(title="新购影像设备")

    async def found(query: str, by: str = "anna") -> list[str]:
        request = pb.SearchOpportunitiesRequest(query=query)
        answer = await desk.stub.SearchOpportunities(request, metadata=desk.who(by))
        return [one.title for one in answer.opportunities]

    by_query = {query: await found(query) for query in ("续费", "xufei", "hcxf", "设备续")}
    unseen = await found("续费", by="bo")
    await desk.call("UpdateOpportunity", renewal, title="恒昌增购")

    assert by_query == {"续费": ["恒昌续费三年"], "xufei": ["恒昌续费三年"], "hcxf": ["恒昌续费三年"], "设备续": []}
    assert unseen == []
    assert await found("续费") == []
    assert await found("zenggou") == ["恒昌增购"]


async def test_opportunity_keeps_the_model_it_began_on(desk: SalesDesk) -> None:
    before = await desk.create(product_line="imaging")
    published = await desk.publish(product_line="imaging")
    after = await desk.create(product_line="imaging")

    assert (after.stage_model_id, after.stage) == (published.stage_model_id, "talk")
    moved = await desk.call("SkipToStage", before, stage="legal_review", reason=REASON)
    assert (moved.stage_model_id, moved.stage) == (before.stage_model_id, "legal_review")


async def test_snapshot_tells_how_every_opportunity_stands(desk: SalesDesk) -> None:
    created = await desk.create(amount=yuan(7))
    moved = await desk.call("SkipToStage", created, stage="legal_review", reason=REASON)
    known = await outbox_records(desk.database)

    async with desk.database.transaction(TENANT) as transaction:
        assert await snapshot_opportunities(transaction, "") == ""

    [record] = await outbox_records(desk.database, after=known[-1].offset)
    snapshot = events_pb2.OpportunitySnapshot.FromString(record.payload)
    assert (snapshot.opportunity_id, snapshot.stage, snapshot.skips) == (moved.opportunity_id, "legal_review", 1)
    assert (snapshot.amount.units, snapshot.owner_id, snapshot.created_at) == (7, ANNA, created.created_at)
    assert record.headers["aggregate_version"] == "2"


async def test_supervisor_moves_the_teams_opportunity_and_history_says_who(desk: SalesDesk) -> None:
    created = await desk.create()

    moved = await desk.call("SkipToStage", created, "sun", stage="legal_review", reason=REASON)

    request = pb.ListStageHistoryRequest(opportunity_id=moved.opportunity_id, page_size=1)
    first = await desk.stub.ListStageHistory(request, metadata=desk.who("anna"))
    request.page_token = first.next_page_token
    [entry] = (await desk.stub.ListStageHistory(request, metadata=desk.who("anna"))).entries
    assert entry.moved_by == f"person:{SUPERVISOR}"
    assert not entry.HasField("left_at")
