"""WaterLineService as managers meet it: lines judged, months checked, alarms raised once and ended."""

from __future__ import annotations

from datetime import timedelta

import grpc
import pytest

from scoring.domain.periods import Month
from support.events import an_event, deliver, outbox_records
from throughline.collab.v1.events_pb2 import TenantChanged
from throughline.scoring.v1 import events_pb2 as facts
from throughline.scoring.v1 import funnel_service_pb2 as funnel_pb
from throughline.scoring.v1 import metric_pb2
from throughline.scoring.v1 import water_line_service_pb2 as pb

from ..builders import ANNA, BO, CHEN, MONDAY, NORTH, SOUTH, TENANT, a_life, a_sale
from ..lead_funnels_contract import SHANGHAI
from .desk import DIRECTOR, SUPERVISOR, Desk

_LINE = {"healthy_from": 35, "healthy_to": 45, "alarm_below": 30, "minimum": 2}


async def test_the_three_lines_come_judged_by_team(desk: Desk) -> None:
    await desk.told(*(a_sale(owner=ANNA, at=MONDAY).win() for _ in range(5)), *(a_sale().lose() for _ in range(15)))

    request = pb.GetWaterLinesRequest(group_by=funnel_pb.FUNNEL_GROUPING_TEAM)
    answer = await desk.lines.GetWaterLines(request, metadata=desk.as_("dir"))

    verdicts = {line.metric_code: (line.total.value, line.total.verdict) for line in answer.lines}
    assert verdicts == {
        "data_completeness": (0, metric_pb2.METRIC_VERDICT_TOO_LITTLE_DATA),
        "lead_to_opportunity": (0, metric_pb2.METRIC_VERDICT_TOO_LITTLE_DATA),
        "opportunity_to_contract": (25, metric_pb2.METRIC_VERDICT_HEALTHY),
    }
    (contracts,) = [line for line in answer.lines if line.metric_code == "opportunity_to_contract"]
    assert [(row.group, row.numerator, row.denominator) for row in contracts.rows] == [(NORTH, 5, 20)]


async def test_a_month_alarms_once_for_each_subject_and_tells_their_managers(desk: Desk) -> None:
    await desk.publish("lead_to_opportunity", 0, band=_LINE)
    sold = a_life().assign(CHEN)
    await desk.told(a_life().assign(ANNA), a_life().assign(ANNA), a_life().assign(BO), sold)
    await desk.told(a_life().assign(CHEN), a_sale(owner=CHEN, lead_id=sold.lead_id))

    first, again = await desk.check("2026-03"), await desk.check("2026-03")

    assert {(alarm.subject_id, alarm.numerator, alarm.denominator) for alarm in first.raised} == {
        ("", 1, 5),
        (NORTH, 0, 3),
        (ANNA.person_id, 0, 2),
    }
    assert not again.raised
    told = await breaches(desk)
    assert {fact.alarm.subject_id: list(fact.manager_ids) for fact in told} == {
        "": [DIRECTOR],
        NORTH: [SUPERVISOR],
        ANNA.person_id: [SUPERVISOR],
    }
    assert {fact.alarm.metric_version for fact in told} == {1}


async def test_alarms_are_seen_as_far_as_figures_are(desk: Desk) -> None:
    await desk.publish("lead_to_opportunity", 0, band=_LINE)
    await desk.told(*(a_life().assign(rep) for rep in (ANNA, ANNA, CHEN, CHEN)))
    await desk.check("2026-03")

    assert {subject for _, subject, _ in await desk.alarms("dir")} == {
        "",
        NORTH,
        SOUTH,
        ANNA.person_id,
        CHEN.person_id,
    }
    assert {subject for _, subject, _ in await desk.alarms("sun")} == {NORTH, ANNA.person_id}
    assert await desk.alarms("anna") == [("lead_to_opportunity", ANNA.person_id, True)]


async def test_an_alarm_ends_when_the_figure_stands_above_its_line_again(desk: Desk) -> None:
    await desk.publish("lead_to_opportunity", 0, band=_LINE)
    leads = [a_life().assign(ANNA) for _ in range(2)]
    await desk.told(*leads)
    await desk.check("2026-03")

    await desk.told(a_sale(owner=ANNA, lead_id=leads[0].lead_id))
    checked = await desk.check("2026-03")

    assert {(alarm.subject_id, alarm.recovered_value) for alarm in checked.recovered} == {
        ("", 50),
        (NORTH, 50),
        (ANNA.person_id, 50),
    }
    assert await desk.alarms("dir", open_only=True) == []
    assert not (await desk.check("2026-03")).recovered


async def test_a_month_is_checked_by_itself_when_it_has_ended(desk: Desk) -> None:
    await desk.publish("lead_to_opportunity", 0, band=_LINE)
    now = await desk.now()
    made = TenantChanged(tenant_id=TENANT, zone="Asia/Shanghai", currency="CNY", is_active=True)
    tenants = desk.service.service.subscriptions[1]
    record = an_event(made, TENANT, aggregate_id=TENANT, aggregate="tenant")
    await deliver(desk.service.runtime.database, tenants, record)
    await desk.told(*(a_life(at=now).assign(ANNA) for _ in range(2)))

    await desk.pass_time(timedelta(days=32))

    month = str(Month.of(now, SHANGHAI))
    assert len(await desk.alarms("dir", month=month)) == 3
    await desk.pass_time(timedelta(days=62))
    assert len(await desk.alarms("dir")) == 3


async def test_a_month_that_has_not_begun_is_refused(desk: Desk) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await desk.check("2099-01")

    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_a_rep_has_no_right_to_check(desk: Desk) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await desk.lines.CheckWaterLines(pb.CheckWaterLinesRequest(), metadata=desk.as_("anna"))

    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def breaches(desk: Desk) -> list[facts.WaterLineBreached]:
    records = await outbox_records(desk.service.runtime.database)
    return [
        facts.WaterLineBreached.FromString(record.payload)
        for record in records
        if record.headers["ce_type"].endswith("WaterLineBreached")
    ]
