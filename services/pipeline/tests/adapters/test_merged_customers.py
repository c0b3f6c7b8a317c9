"""Opportunities and follow-ups of customers that were made one are shown together, and apart again (X-03)."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import grpc
import pytest
import pytest_asyncio

from chassis.error_mapping import from_rpc_error
from chassis.errors import ThroughlineError
from chassis.ids import new_id
from pipeline.adapters.postgres.customer_merges import PostgresCustomerMerges
from pipeline.domain.ids import CustomerId
from support.events import an_event, deliver
from throughline.collab.v1 import customer_pb2, events_pb2
from throughline.pipeline.v1 import activity_service_pb2 as activity_pb
from throughline.pipeline.v1 import opportunity_service_pb2 as pb
from throughline.pipeline.v1.activity_service_pb2_grpc import ActivityServiceStub

from ..builders import CUSTOMER, TENANT, a_request
from ..neighbours import a_customer
from .sales_desk import SalesDesk

if TYPE_CHECKING:
    from support.databases import DatabaseFactory
    from support.tokens import TokenIssuer

Fact = events_pb2.CustomerMerged | events_pb2.CustomerUnmerged | events_pb2.CustomerChanged


@pytest_asyncio.fixture
async def desk(database_factory: DatabaseFactory, token_issuer: TokenIssuer) -> AsyncIterator[SalesDesk]:
    async with SalesDesk.open(database_factory("pipeline"), token_issuer) as opened:
        yield opened


async def tell(desk: SalesDesk, fact: Fact, version: int) -> None:
    subscription = next(each for each in desk.service.service.subscriptions if each.name == "pipeline.customer-facts")
    record = an_event(fact, TENANT, aggregate="customer", aggregate_id=fact.customer.customer_id, version=version)
    await deliver(desk.database, subscription, record)


async def shown(desk: SalesDesk, customer_id: str) -> tuple[set[str], set[str]]:
    """Opportunities and follow-ups of a customer."""
    asked = pb.ListOpportunitiesRequest(customer_id=customer_id)
    opportunities = await desk.stub.ListOpportunities(asked, metadata=desk.who("anna"))
    activities = ActivityServiceStub(desk.service.channel)
    follow_ups = await activities.ListFollowUps(
        activity_pb.ListFollowUpsRequest(customer_id=customer_id), metadata=desk.who("anna")
    )
    return (
        {each.opportunity_id for each in opportunities.opportunities},
        {each.follow_up_id for each in follow_ups.follow_ups},
    )


async def test_what_merged_customers_have_is_shown_as_one_and_apart_again(desk: SalesDesk) -> None:
    merged, top = new_id(), new_id()
    desk.neighbours.master.customers[CustomerId(merged)] = a_customer(id=CustomerId(merged))
    activities = ActivityServiceStub(desk.service.channel)
    ours, theirs = await desk.create(), await desk.create(customer_id=merged)
    request = a_request(lead_id="", customer_id=merged)
    follow_up = (await activities.RecordFollowUp(request, metadata=desk.who("anna"))).follow_up
    both = ({ours.opportunity_id, theirs.opportunity_id}, {follow_up.follow_up_id})
    facts = customer_pb2.CustomerFacts(customer_id=merged, merged_into=CUSTOMER)
    further = customer_pb2.CustomerFacts(customer_id=CUSTOMER, merged_into=top)

    await tell(desk, events_pb2.CustomerMerged(customer=facts), 4)
    await tell(desk, events_pb2.CustomerChanged(customer=further), 9)  # told again for a service that starts late

    assert await shown(desk, top) == await shown(desk, CUSTOMER) == await shown(desk, merged) == both

    apart = customer_pb2.CustomerFacts(customer_id=merged)
    await tell(desk, events_pb2.CustomerUnmerged(customer=apart), 5)
    await tell(desk, events_pb2.CustomerMerged(customer=facts), 4)  # late, and told once more

    assert await shown(desk, CUSTOMER) == ({ours.opportunity_id}, set())
    assert await shown(desk, merged) == ({theirs.opportunity_id}, {follow_up.follow_up_id})


async def refusal(awaitable: Any) -> ThroughlineError:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await awaitable
    return from_rpc_error(refused.value)


async def test_what_is_sold_to_a_merged_customer_is_sold_to_its_survivor(desk: SalesDesk) -> None:
    merged = CustomerId(new_id())
    desk.neighbours.master.customers[merged] = a_customer(id=merged)
    desk.neighbours.master.customers[merged].merged_into = CUSTOMER

    opportunity = await desk.create(customer_id=merged)
    conversion = await desk.convert(customer_id=merged)

    assert (opportunity.customer_id, conversion.customer_id) == (CUSTOMER, CUSTOMER)
    desk.neighbours.master.archive(CUSTOMER)
    refused = await refusal(desk.create(customer_id=merged))
    assert (refused.reason, refused.metadata["customer_id"]) == ("CUSTOMER_ARCHIVED", CUSTOMER)


@dataclass(frozen=True)
class MergeFact:
    """What an event tells of one customer: under which it goes on, in which version of it."""

    customer_id: CustomerId
    merged_into: CustomerId | None
    version: int


def a_history(rng: random.Random) -> tuple[list[CustomerId], list[MergeFact], dict[CustomerId, CustomerId]]:
    """Customers, the facts of their merges and un-merges as they happened, and who is under whom at the end."""
    customers = [CustomerId(new_id()) for _ in range(5)]
    parent: dict[CustomerId, CustomerId] = {}
    versions, facts = dict.fromkeys(customers, 1), []
    for _ in range(12):
        standing = [one for one in customers if one not in parent]
        if len(standing) > 1 and (not parent or rng.random() < 0.6):
            customer_id, survivor = rng.sample(standing, 2)
            parent[customer_id] = survivor
        else:
            customer_id = rng.choice(sorted(parent))
            del parent[customer_id]
        versions[customer_id] += 1
        facts.append(MergeFact(customer_id, parent.get(customer_id), versions[customer_id]))
    return customers, facts, parent


def as_they_come(facts: list[MergeFact], rng: random.Random) -> list[MergeFact]:
    """Facts of one customer in their order, of several in any, and some of them once more at the end."""
    queues = {each.customer_id: [one for one in facts if one.customer_id == each.customer_id] for each in facts}
    order = [each.customer_id for each in facts]
    rng.shuffle(order)
    return [queues[customer_id].pop(0) for customer_id in order] + rng.sample(facts, 4)


async def test_in_whatever_order_facts_of_merges_come_those_are_one_that_are_one_at_the_end(desk: SalesDesk) -> None:
    for seed in range(25):
        rng = random.Random(seed)
        customers, facts, parent = a_history(rng)

        def top(customer_id: CustomerId, under: dict[CustomerId, CustomerId] = parent) -> CustomerId:
            return top(under[customer_id], under) if customer_id in under else customer_id

        async with desk.database.transaction(TENANT) as transaction:
            merges = PostgresCustomerMerges(transaction)
            for fact in as_they_come(facts, rng):
                await merges.put(fact.customer_id, fact.merged_into, fact.version)
            for one in customers:
                expected = {other for other in customers if top(other) == top(one)}
                assert set(await merges.family(one)) == expected, f"seed {seed}"
