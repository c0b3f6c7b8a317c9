"""What happened to a customer, by its one id (CO-01)."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from google.type.money_pb2 import Money

from chassis.errors import Invalid, NotFound
from chassis.ids import new_id
from chassis.inbox import Record
from chassis.proto_values import timestamp_of
from support.events import an_event
from throughline.collab.v1 import customer_merge_service_pb2 as merge_pb
from throughline.collab.v1 import timeline_service_pb2 as pb
from throughline.lead_router.v1 import events_pb2 as leads
from throughline.pipeline.v1 import activity_service_pb2, opportunity_pb2
from throughline.pipeline.v1 import events_pb2 as opportunities

from ..running import refusal
from ..sales import BOSS, LAWYER, OTHER_REP, REP, SalesSite

START = datetime(2026, 3, 2, 1, tzinfo=UTC)


async def timeline(sales: SalesSite, customer_id: str, *, by: str = REP, **asked: Any) -> pb.ListTimelineResponse:
    request = pb.ListTimelineRequest(customer_id=customer_id, **asked)
    answer: pb.ListTimelineResponse = await sales.running.timeline.ListTimeline(request, metadata=sales.by(by))
    return answer


async def kinds(sales: SalesSite, customer_id: str, **asked: Any) -> list[str]:
    return [entry.kind for entry in (await timeline(sales, customer_id, **asked)).entries]


class Facts:
    """Facts of a lead and an opportunity of one customer, an hour after one another."""

    def __init__(self, sales: SalesSite, customer_id: str) -> None:
        self.sales = sales
        self.lead_id, self.opportunity_id, self.customer_id = new_id(), new_id(), customer_id

    def about_lead(self, message: Any, hour: int, *, by: str = "") -> Record:
        return self._event(message, hour, by, "lead", self.lead_id)

    def opened(self, hour: int, lead_id: str = "") -> Record:
        message = opportunities.OpportunityCreated(
            opportunity_id=self.opportunity_id,
            customer_id=self.customer_id,
            lead_id=lead_id,
            stage="needs",
            owner_id=self.sales.ids[REP],
            amount=Money(currency_code="CNY", units=1200, nanos=500_000_000),
        )
        return self._event(message, hour, REP, "opportunity", self.opportunity_id)

    def won(self, hour: int, *, by: str = REP) -> Record:
        message = opportunities.OpportunityWon(
            opportunity_id=self.opportunity_id,
            customer_id=self.customer_id,
            owner_id=self.sales.ids[REP],
            stage="contract",
            state=opportunity_pb2.OPPORTUNITY_STATE_WON,
        )
        return self._event(message, hour, by, "opportunity", self.opportunity_id)

    def followed_up(self, hour: int) -> Record:
        message = opportunities.FollowUpRecorded(
            follow_up_id=new_id(), lead_id=self.lead_id, person_id=self.sales.ids[REP],
            channel=activity_service_pb2.CHANNEL_PHONE,
        )  # fmt: skip
        return self._event(message, hour, REP, "follow_up", self.lead_id)

    def _event(self, message: Any, hour: int, by: str, aggregate: str, aggregate_id: str) -> Record:
        return an_event(
            message,
            self.sales.site.tenant_id,
            aggregate=aggregate,
            aggregate_id=aggregate_id,
            occurred_at=START + timedelta(hours=hour),
            actor=f"person:{self.sales.ids[by]}" if by else "service:lead-router",
        )


async def test_facts_of_all_services_stand_on_one_timeline_whatever_order_they_come_in(sales: SalesSite) -> None:
    customer = await sales.customer()
    facts = Facts(sales, customer.customer_id)
    records = [
        facts.about_lead(leads.LeadReceived(lead_id=facts.lead_id, source="expo"), 0),
        facts.about_lead(leads.LeadAssigned(lead_id=facts.lead_id, owner_id=sales.ids[REP]), 1),
        facts.followed_up(2),
        facts.opened(3, facts.lead_id),
        facts.won(4),
    ]
    random.Random(7).shuffle(records)

    await sales.running.hear(*records, *records, *await sales.running.settle())

    found = (await timeline(sales, customer.customer_id)).entries
    assert [entry.kind for entry in found if entry.kind != "customer.created"] == [
        "opportunity.won", "opportunity.created", "follow_up.recorded", "lead.assigned", "lead.received",
    ]  # fmt: skip
    opened = next(entry for entry in found if entry.kind == "opportunity.created")
    assert (opened.person_id, opened.department, list(opened.roles)) == (sales.ids[REP], "sales", ["rep"])
    assert opened.resource == f"opportunities/{facts.opportunity_id}"
    assert dict(opened.facts) == {"stage": "needs", "amount": "CNY 1200.50"}
    assert opened.references["lead_id"] == facts.lead_id
    received = found[-1] if found[-1].kind == "lead.received" else next(e for e in found if e.kind == "lead.received")
    assert (received.actor, dict(received.facts)) == ("service:lead-router", {"source": "expo"})


async def test_a_lead_that_is_nobodys_stands_on_no_timeline(sales: SalesSite) -> None:
    customer = await sales.customer()
    facts = Facts(sales, customer.customer_id)

    await sales.running.hear(facts.about_lead(leads.LeadReceived(lead_id=facts.lead_id), 0), facts.opened(1))

    assert await kinds(sales, customer.customer_id) == ["opportunity.created"]


async def test_a_conversion_that_is_undone_takes_the_leads_facts_away_again(sales: SalesSite) -> None:
    customer = await sales.customer()
    facts = Facts(sales, customer.customer_id)
    ids: dict[str, Any] = {"lead_id": facts.lead_id, "customer_id": customer.customer_id}
    received = facts.about_lead(leads.LeadReceived(lead_id=facts.lead_id), 0)
    converted = facts.about_lead(leads.LeadConverted(**ids), 1)
    late = facts.opened(1, facts.lead_id)

    await sales.running.hear(received, converted)
    linked = await kinds(sales, customer.customer_id)
    await sales.running.hear(facts.about_lead(leads.LeadConversionUndone(**ids), 2), late)

    assert linked == ["lead.converted", "lead.received"]
    assert sorted(await kinds(sales, customer.customer_id)) == [
        "lead.conversion_undone", "lead.converted", "opportunity.created",
    ]  # fmt: skip


async def test_filters_narrow_and_pages_lose_nothing(sales: SalesSite) -> None:
    customer = await sales.customer()
    facts = Facts(sales, customer.customer_id)
    await sales.running.hear(
        *(facts.won(hour, by=LAWYER if hour % 2 else REP) for hour in range(5)), facts.opened(5), facts.opened(5)
    )

    legal = await kinds(sales, customer.customer_id, departments=["compliance"])
    span = await timeline(
        sales,
        customer.customer_id,
        kinds=["opportunity"],
        since=timestamp_of(START + timedelta(hours=1)),
        until=timestamp_of(START + timedelta(hours=4)),
    )
    seen: list[str] = []
    token = ""
    while True:
        page = await timeline(sales, customer.customer_id, page_size=2, page_token=token)
        seen += [entry.entry_id for entry in page.entries]
        if not (token := page.next_page_token):
            break

    assert legal == ["opportunity.won"] * 2
    assert len(span.entries) == 3
    assert len(seen) == len(set(seen)) == 7
    assert await kinds(sales, customer.customer_id, kinds=["opportunity.created"]) == ["opportunity.created"] * 2
    backwards = timeline(
        sales, customer.customer_id, since=timestamp_of(START), until=timestamp_of(START - timedelta(hours=1))
    )
    assert isinstance(await refusal(backwards), Invalid)


async def test_merged_customers_have_one_timeline_and_two_again(sales: SalesSite) -> None:
    stays, goes = await sales.customer(), await sales.customer("宁波海曙口腔门诊部")
    await sales.running.hear(Facts(sales, stays.customer_id).won(1), Facts(sales, goes.customer_id).opened(2))
    request = merge_pb.MergeCustomersRequest(
        survivor_id=stays.customer_id, version=1, merged_id=goes.customer_id, merged_version=1, reason="同一家"
    )

    merged = await sales.running.merges.MergeCustomers(request, metadata=sales.by(BOSS))

    both = ["opportunity.created", "opportunity.won"]
    assert await kinds(sales, stays.customer_id) == await kinds(sales, goes.customer_id) == both
    assert (await timeline(sales, goes.customer_id)).survivor_id == stays.customer_id

    undo = merge_pb.UnmergeCustomersRequest(merge_id=merged.merge.merge_id, reason="并非同一家")
    await sales.running.merges.UnmergeCustomers(undo, metadata=sales.by(BOSS))

    assert await kinds(sales, stays.customer_id) == ["opportunity.won"]
    assert await kinds(sales, goes.customer_id) == ["opportunity.created"]


async def test_the_timeline_of_a_foreign_customer_is_as_hidden_as_the_customer(sales: SalesSite) -> None:
    customer = await sales.customer()

    assert isinstance(await refusal(timeline(sales, customer.customer_id, by=OTHER_REP)), NotFound)
