from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from chassis.errors import Invalid, Stale
from chassis.ids import new_id
from chassis.proto_values import moment_of, timestamp_of
from lead_router.domain.signals.behaviour import BUILT_IN
from support.events import outbox_records
from throughline.lead_router.v1 import behaviour_service_pb2 as rules_pb
from throughline.lead_router.v1 import lead_pb2
from throughline.lead_router.v1 import signal_service_pb2 as pb

from ..desk import DIRECTOR, NO_CONTEXT, REPS, TENANT, RouterDesk

COMPARISON = pb.PageView(page=pb.PAGE_KIND_COMPETITOR_COMPARISON, dwell_s=40)


def a_signal(lead: lead_pb2.Lead, number: int, *, ago: timedelta = timedelta(), **content: Any) -> pb.Signal:
    at = timestamp_of(moment_of(lead.received_at) - ago)
    return pb.Signal(source="web-tracker", signal_id=f"s-{number}", lead_id=lead.lead_id, occurred_at=at, **content)


def the_example(lead: lead_pb2.Lead) -> list[pb.Signal]:
    """3 次查看竞品对比页 + 下载服务白皮书 + 填写维保需求表单."""
    return [
        *(a_signal(lead, number, page_view=COMPARISON) for number in range(3)),
        a_signal(lead, 3, document_download=pb.DocumentDownload(document=pb.DOCUMENT_TYPE_WHITE_PAPER)),
        a_signal(lead, 4, form_filled=pb.FormFilled(form=pb.FORM_KIND_MAINTENANCE, fields=6)),
    ]


async def stream(desk: RouterDesk, *signals: pb.Signal) -> pb.RecordSignalsResponse:
    async def sent() -> AsyncIterator[pb.RecordSignalsRequest]:
        for signal in signals:
            yield pb.RecordSignalsRequest(signal=signal)

    with desk.as_person(DIRECTOR, "marketing"):
        return await desk.signals.RecordSignals(sent(), NO_CONTEXT)


async def read(desk: RouterDesk, lead_id: str) -> pb.GetLeadSignalsResponse:
    with desk.as_person(DIRECTOR, "director"):
        return await desk.signals.GetLeadSignals(pb.GetLeadSignalsRequest(lead_id=lead_id), NO_CONTEXT)


async def test_a_stream_counts_each_signal_once_and_names_what_it_refused(desk: RouterDesk) -> None:
    lead = (await desk.submit(phone="13490001234", company="杭州恒昌信息技术有限公司")).lead
    await desk.submit(phone="13490001234", company="杭州恒昌信息技术有限公司")
    async with desk.database.transaction(TENANT) as transaction:
        joined = await transaction.connection.scalar(text("SELECT id FROM lead WHERE merged_into IS NOT NULL"))
    good = a_signal(lead, 1, page_view=COMPARISON)
    stranger = a_signal(lead_pb2.Lead(lead_id=new_id(), received_at=lead.received_at), 2, page_view=COMPARISON)
    old = a_signal(lead, 3, ago=timedelta(days=91), tender_notice=pb.TenderNotice(amount=5))
    of_the_joined = a_signal(
        lead, 4, registry_change=pb.RegistryChange(field=pb.REGISTRY_FIELD_REGISTERED_CAPITAL, before=100, after=500)
    )
    of_the_joined.lead_id = str(joined)

    first = await stream(desk, good, stranger, old, pb.Signal(source="Web!"), good, of_the_joined)
    again = await stream(desk, good, of_the_joined)

    assert (first.recorded, first.repeated, first.refused) == (2, 1, 3)
    assert {(one.position, one.reason) for one in first.refusals} == {
        (2, "NOT_FOUND"),
        (3, "INVALID_REQUEST"),
        (4, "INVALID_REQUEST"),
    }
    assert (again.recorded, again.repeated) == (0, 2)
    told = {one.subject: one for one in (await read(desk, lead.lead_id)).features}
    assert set(told) == {"page_view.competitor_comparison", "registry_change.registered_capital"}
    assert told["registry_change.registered_capital"].total == 400
    assert told["page_view.competitor_comparison"].strength == pytest.approx(1, abs=0.01)


async def test_the_combination_makes_a_waiting_lead_urgent_and_says_which_rule_fired(desk: RouterDesk) -> None:
    lead = (await desk.submit(phone="13490001234")).lead

    for signal in the_example(lead):
        with desk.as_person(DIRECTOR, "marketing"):
            await desk.signals.RecordSignal(pb.RecordSignalRequest(signal=signal), NO_CONTEXT)

    found = await read(desk, lead.lead_id)
    assert [one.rule_id for one in found.behaviours] == [BUILT_IN.rules[0].id]
    assert (found.recommended_path, found.because) == (pb.RECOMMENDED_PATH_ROUTE_NOW, "URGENT")
    assert (await desk.get(lead.lead_id)).is_urgent
    kinds = [record.headers for record in await outbox_records(desk.database)]
    assert sum("LeadUrgencyRaised" in str(headers) for headers in kinds) == 1
    assert sum("LeadBehaviourRecognised" in str(headers) for headers in kinds) == 1


async def test_a_lead_that_turns_urgent_is_looked_at_at_once(desk: RouterDesk) -> None:
    lead = (await desk.submit(phone="13490001234")).lead
    await desk.hire(REPS[0])

    await stream(desk, *the_example(lead))
    await desk.run_timers()

    assert (await desk.get(lead.lead_id)).owner_id == REPS[0]


async def test_old_signals_are_forgotten_and_their_sums_stay(desk: RouterDesk) -> None:
    lead = (await desk.submit(phone="13490001234")).lead
    await stream(desk, *the_example(lead))
    await desk.forward(timedelta(days=92))

    with desk.as_person(DIRECTOR, "director"):
        removed = await desk.signals._intake.forget()

    assert removed == 5
    told = (await read(desk, lead.lead_id)).features
    assert [one.signals for one in told] == [1, 1, 3]
    assert all(one.last_30_days == 0 for one in told)


async def test_rules_are_published_in_versions_with_every_fault_named(desk: RouterDesk) -> None:
    rule = rules_pb.BehaviourRule(rule_id="one", when='n["tender_notice"] >= 1', window_days=7)
    setattr(rule, "class", "tender")
    faulty = rules_pb.BehaviourRule(rule_id="two", when='n["tender_notice"] + 1', window_days=7)
    setattr(faulty, "class", "tender")

    with desk.as_person(DIRECTOR, "director"):
        built_in = await desk.behaviour.GetBehaviourRules(rules_pb.GetBehaviourRulesRequest(), NO_CONTEXT)
        published = await desk.behaviour.PublishBehaviourRules(
            rules_pb.PublishBehaviourRulesRequest(rules=[rule]), NO_CONTEXT
        )
        with pytest.raises(Stale):
            await desk.behaviour.PublishBehaviourRules(rules_pb.PublishBehaviourRulesRequest(rules=[rule]), NO_CONTEXT)
        with pytest.raises(Invalid, match="yes or no"):
            await desk.behaviour.PublishBehaviourRules(
                rules_pb.PublishBehaviourRulesRequest(rules=[faulty], version=1), NO_CONTEXT
            )
    lead = (await desk.submit(phone="13490001234")).lead
    await stream(desk, a_signal(lead, 1, tender_notice=pb.TenderNotice(amount=5)))

    assert (built_in.rules.version, published.rules.version) == (0, 1)
    (one,) = (await read(desk, lead.lead_id)).behaviours
    assert (one.rule_id, one.rules_version) == ("one", 1)
