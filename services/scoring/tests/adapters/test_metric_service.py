"""MetricService as a caller meets it: definitions published and read, metrics reckoned by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
import pytest
from sqlalchemy import text

from chassis.error_mapping import from_rpc_error
from chassis.ids import new_id
from throughline.collab.v1 import customer_pb2
from throughline.collab.v1 import events_pb2 as customer_events
from throughline.scoring.v1 import funnel_service_pb2 as funnel_pb
from throughline.scoring.v1 import metric_pb2
from throughline.scoring.v1 import metric_service_pb2 as pb

from ..builders import ANNA, CHEN, HOUR, MONDAY, Rep, Telling, a_life, a_sale
from .desk import Desk

if TYPE_CHECKING:
    from collections.abc import Sequence


def a_customer(owner: Rep, completeness_pct: int, customer_id: str = "") -> Telling:
    facts = customer_pb2.CustomerFacts(
        customer_id=customer_id or new_id(),
        owner_id=owner.person_id,
        team_id=owner.team_id,
        completeness_pct=completeness_pct,
    )
    return Telling(customer_events.CustomerCreated(customer=facts))


def rows(figures: metric_pb2.MetricFigures) -> Sequence[tuple[str, int, int]]:
    return [(row.group, row.numerator, row.denominator) for row in figures.rows]


async def test_every_figure_of_the_funnel_carries_a_definition_that_can_be_read(desk: Desk) -> None:
    funnel = await desk.funnel("anna")
    listed = await desk.metrics.ListMetrics(pb.ListMetricsRequest(), metadata=desk.as_("anna"))

    known = {(metric.metric_code, metric.version) for metric in listed.metrics}
    figures = {field.name for field in funnel_pb.FunnelRow.DESCRIPTOR.fields} - {"group", "then"}
    assert {each.figure for each in funnel.metrics} == figures
    assert {(each.metric_code, each.metric_version) for each in funnel.metrics} <= known


async def test_a_published_definition_holds_from_then_on_and_the_old_one_can_still_be_read(desk: Desk) -> None:
    await desk.told(*(a_life().assign(ANNA) for _ in range(3)), a_life().assign(ANNA).close())

    published = await desk.publish(
        "lead_to_opportunity", 0, numerator=["closed"], band={"healthy_from": 20, "minimum": 4}
    )

    answer = await desk.figures("dir", "lead_to_opportunity")
    before = await desk.metrics.GetMetric(
        pb.GetMetricRequest(metric_code="lead_to_opportunity", version=0), metadata=desk.as_("dir")
    )
    assert (published.metric.version, answer.metric_version) == (1, 1)
    assert (answer.total.value, answer.total.verdict) == (25.0, metric_pb2.METRIC_VERDICT_HEALTHY)
    assert before.metric.document["numerator"] == ["with_opportunity"]
    assert await desk.count(text("SELECT count(*) FROM audit WHERE action = 'metric.publish'")) == 1
    assert await desk.count(text("SELECT count(*) FROM outbox WHERE type LIKE '%MetricPublished'")) == 1


async def test_who_saw_an_older_version_is_refused(desk: Desk) -> None:
    await desk.publish("own_share", 0)

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await desk.publish("own_share", 0)

    assert from_rpc_error(refused.value).reason == "STALE_VERSION"


async def test_water_lines_are_reckoned_by_rep_within_what_the_caller_sees(desk: Desk) -> None:
    mine, theirs = a_life().assign(ANNA), a_life().assign(CHEN)
    await desk.told(mine, theirs, a_life().assign(ANNA), a_sale(owner=ANNA, lead_id=mine.lead_id).win())

    everybody = await desk.figures("dir", "lead_to_opportunity", funnel_pb.FUNNEL_GROUPING_REP)
    own = await desk.figures("chen", "lead_to_opportunity", funnel_pb.FUNNEL_GROUPING_REP)

    assert rows(everybody) == [(ANNA.person_id, 1, 2), (CHEN.person_id, 0, 1)]
    assert (everybody.total.numerator, everybody.total.denominator) == (1, 3)
    assert rows(own) == [(CHEN.person_id, 0, 1)]


async def test_completeness_is_that_of_the_end_of_each_month(desk: Desk) -> None:
    customer = new_id()
    contact = customer_events.CustomerContactChanged(customer_id=customer, completeness_pct=100)
    april = MONDAY.replace(month=4)
    await desk.hear(
        a_customer(ANNA, 50, customer), a_customer(CHEN, 90), Telling(contact, 2, occurred_at=april, recorded_at=april)
    )

    by_month = await desk.figures(
        "dir", "data_completeness", funnel_pb.FUNNEL_GROUPING_MONTH, begin=MONDAY, end=april + HOUR
    )
    by_rep = await desk.figures("dir", "data_completeness", funnel_pb.FUNNEL_GROUPING_REP, begin=MONDAY)

    assert rows(by_month) == [("2026-03", 140, 2), ("2026-04", 190, 2)]
    assert {group: points for group, points, _ in rows(by_rep)} == {ANNA.person_id: 100, CHEN.person_id: 90}


async def test_a_customer_that_was_merged_counts_no_more_until_it_is_parted_again(desk: Desk) -> None:
    merged = new_id()
    apart = customer_pb2.CustomerFacts(customer_id=merged, owner_id=ANNA.person_id, completeness_pct=50)
    into = customer_pb2.CustomerFacts(merged_into=new_id())
    into.MergeFrom(apart)
    await desk.hear(a_customer(ANNA, 50, merged), a_customer(CHEN, 90))

    await desk.hear(Telling(customer_events.CustomerMerged(customer=into), 2))
    as_one = await desk.figures("dir", "data_completeness", begin=MONDAY)
    await desk.hear(Telling(customer_events.CustomerUnmerged(customer=apart), 3))
    as_two = await desk.figures("dir", "data_completeness", begin=MONDAY)

    assert (as_one.total.numerator, as_one.total.denominator) == (90, 1)
    assert (as_two.total.numerator, as_two.total.denominator) == (140, 2)


async def test_a_metric_of_another_service_names_the_call_that_answers(desk: Desk) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await desk.figures("dir", "skip_rate")

    error = from_rpc_error(refused.value)
    assert (error.reason, error.metadata["answered_by"]) == ("METRIC_NOT_COUNTED", "OpportunityService.GetSkipRate")
