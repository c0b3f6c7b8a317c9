"""Public pools 公海: claimed once, within quotas, after the cool-down; filled by people and by rules."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from google.protobuf.struct_pb2 import Struct

from chassis.errors import ThroughlineError
from chassis.ids import new_id
from lead_router.domain.errors import PolicyInvalid
from support.events import an_event, deliver
from throughline.lead_router.v1 import events_pb2 as events
from throughline.lead_router.v1 import lead_pb2
from throughline.lead_router.v1 import pool_service_pb2 as pb
from throughline.lead_router.v1.policy_service_pb2 import PublishPolicyRequest

from ..desk import DIRECTOR, NO_CONTEXT, REPS, TENANT, RouterDesk

POOL = "0190f3c4-0000-7000-8000-00000000aaaa"
NEXT_POOL = "0190f3c4-0000-7000-8000-00000000bbbb"


async def _pool(desk: RouterDesk, pool_id: str = POOL, **rules: Any) -> None:
    wanted = pb.PoolRules(name=f"公海 {pool_id[-4:]}", **rules)
    with desk.as_person(DIRECTOR, "director"):
        await desk.pools.PutPool(pb.PutPoolRequest(pool_id=pool_id, rules=wanted), NO_CONTEXT)


async def _pooled(desk: RouterDesk, pool_id: str = POOL) -> lead_pb2.Lead:
    """A lead that came while nobody worked, put into the pool by the director."""
    waiting = (await desk.submit()).lead
    return await _return(desk, waiting, pool_id)


async def _return(desk: RouterDesk, lead: lead_pb2.Lead, pool_id: str = POOL, **caller: str) -> lead_pb2.Lead:
    request = pb.ReturnLeadRequest(
        lead_id=lead.lead_id, version=lead.version, pool_id=pool_id, reason=pb.RETURN_REASON_WRONG_PROFILE
    )
    with desk.as_person(caller.get("person", DIRECTOR), caller.get("role", "director")):  # type: ignore[arg-type]
        return (await desk.pools.ReturnLead(request, NO_CONTEXT)).lead


async def _claim(desk: RouterDesk, lead_id: str, rep: str) -> str:
    """The owner after the claim, or the reason of a refusal."""
    with desk.as_person(rep, "rep"):  # type: ignore[arg-type]
        try:
            return (await desk.pools.ClaimLead(pb.ClaimLeadRequest(lead_id=lead_id), NO_CONTEXT)).lead.owner_id
        except ThroughlineError as refused:
            return refused.reason


async def _watched(desk: RouterDesk, lead_id: str) -> None:
    """The fact that the lead was moved arrives at the watch."""
    fact = events.LeadAssigned(lead_id=lead_id)
    await deliver(desk.database, desk.watch, an_event(fact, TENANT, aggregate_id=lead_id, aggregate="lead"))


async def test_of_reps_who_claim_a_lead_at_the_same_instant_one_gets_it_and_the_others_are_told(
    desk: RouterDesk,
) -> None:
    await _pool(desk)
    lead = await _pooled(desk)
    await desk.hire(*REPS[:6])
    assert (await desk.conservation()).pooled == 1

    outcomes = await asyncio.gather(*(_claim(desk, lead.lead_id, rep) for rep in REPS[:6]))

    assert sorted(outcomes, reverse=True)[:5] == ["POOL_LEAD_TAKEN"] * 5
    assert (await desk.get(lead.lead_id)).owner_id in outcomes
    counts = await desk.conservation()
    assert (counts.pooled, counts.assigned, counts.gap) == (0, 1, 0)


async def test_concurrent_claims_of_a_rep_never_pass_the_quota_of_the_day(desk: RouterDesk) -> None:
    await _pool(desk, claims_per_day=2)
    leads = [await _pooled(desk) for _ in range(5)]
    await desk.hire(REPS[0])

    outcomes = await asyncio.gather(*(_claim(desk, lead.lead_id, REPS[0]) for lead in leads))

    assert sorted(outcomes) == [REPS[0]] * 2 + ["POOL_CLAIMS_USED_UP"] * 3
    await desk.forward(timedelta(days=1))
    left = next(lead for lead, outcome in zip(leads, outcomes, strict=True) if outcome != REPS[0])
    assert await _claim(desk, left.lead_id, REPS[0]) == REPS[0]


async def test_whoever_returned_a_lead_claims_it_again_only_after_the_cool_down(desk: RouterDesk) -> None:
    await _pool(desk, cool_down_days=7)
    await desk.hire(*REPS[:2])
    owned = (await desk.submit()).lead
    other = next(rep for rep in REPS[:2] if rep != owned.owner_id)

    returned = await _return(desk, owned, person=owned.owner_id, role="rep")
    assert returned.state == lead_pb2.LEAD_STATE_POOLED
    assert await _claim(desk, owned.lead_id, owned.owner_id) == "POOL_COOL_DOWN"
    await desk.forward(timedelta(days=7))
    assert await _claim(desk, owned.lead_id, owned.owner_id) == owned.owner_id
    assert await _claim(desk, owned.lead_id, other) == "POOL_LEAD_TAKEN"


async def test_a_rep_sees_no_more_leads_of_a_pool_a_day_than_allowed_each_counted_once(desk: RouterDesk) -> None:
    await _pool(desk, views_per_day=1)
    first, second = await _pooled(desk), await _pooled(desk)
    await desk.hire(REPS[0])

    with desk.as_person(REPS[0], "rep"):
        listed = await desk.pools.ListPoolLeads(pb.ListPoolLeadsRequest(pool_id=POOL), NO_CONTEXT)
        await desk.pools.ViewPoolLead(pb.ViewPoolLeadRequest(lead_id=first.lead_id), NO_CONTEXT)
        seen = await desk.pools.ViewPoolLead(pb.ViewPoolLeadRequest(lead_id=first.lead_id), NO_CONTEXT)
        with pytest.raises(ThroughlineError) as refused:
            await desk.pools.ViewPoolLead(pb.ViewPoolLeadRequest(lead_id=second.lead_id), NO_CONTEXT)

    assert [lead.lead_id for lead in listed.leads] == [first.lead_id, second.lead_id]
    assert seen.views_left == 0
    assert refused.value.reason == "POOL_VIEWS_USED_UP"


async def test_newcomers_alone_claim_in_the_first_hours(desk: RouterDesk) -> None:
    await _pool(desk, newcomer_hours=4, newcomer_days=90)
    lead = await _pooled(desk)
    await desk.hire(REPS[0])

    assert await _claim(desk, lead.lead_id, REPS[0]) == "POOL_NOT_OPEN"
    await desk.forward(timedelta(hours=4))

    assert await _claim(desk, lead.lead_id, REPS[0]) == REPS[0]


async def test_a_silent_lead_falls_into_the_pool_after_its_protection_and_an_extension_puts_it_off(
    desk: RouterDesk,
) -> None:
    rule = pb.RecycleRule(id="silent", after=pb.RECYCLE_AFTER_SILENCE, days=5, segments=[lead_pb2.SEGMENT_SMB])
    await _pool(desk, protection_days=10, extension_days=3, most_extensions=1, recycle_rules=[rule])
    await desk.hire(REPS[0])
    owned = (await desk.submit()).lead
    await _watched(desk, owned.lead_id)
    request = pb.ExtendProtectionRequest(lead_id=owned.lead_id, version=owned.version, reason="在谈")
    with desk.as_person(REPS[0], "rep"):
        extended = await desk.pools.ExtendProtection(request, NO_CONTEXT)
        request.version = extended.lead.version
        with pytest.raises(ThroughlineError) as refused:
            await desk.pools.ExtendProtection(request, NO_CONTEXT)
    assert refused.value.reason == "PROTECTION_USED_UP"

    await desk.forward(timedelta(days=12, hours=23))
    await desk.run_timers()
    assert (await desk.get(owned.lead_id)).owner_id == REPS[0]
    await desk.forward(timedelta(hours=2))
    await desk.run_timers()

    fallen = await desk.get(owned.lead_id)
    assert (fallen.state, fallen.pool_id, fallen.owner_id) == (lead_pb2.LEAD_STATE_POOLED, POOL, "")
    assert (await desk.conservation()).gap == 0


async def test_new_rules_hold_for_leads_that_are_owned_already(desk: RouterDesk) -> None:
    await desk.hire(REPS[0])
    owned = (await desk.submit()).lead
    rule = pb.RecycleRule(id="held", after=pb.RECYCLE_AFTER_OWNERSHIP, days=2)

    await _pool(desk, recycle_rules=[rule])
    await desk.run_timers()
    await desk.forward(timedelta(days=2))
    await desk.run_timers()

    assert (await desk.get(owned.lead_id)).state == lead_pb2.LEAD_STATE_POOLED


async def test_a_lead_that_nobody_claims_goes_on_to_the_next_pool(desk: RouterDesk) -> None:
    await _pool(desk, NEXT_POOL)
    await _pool(desk, rotate_after_days=3, next_pool_id=NEXT_POOL)
    lead = await _pooled(desk)
    await _watched(desk, lead.lead_id)

    await desk.forward(timedelta(days=3))
    await desk.run_timers()

    assert (await desk.get(lead.lead_id)).pool_id == NEXT_POOL


async def test_a_pool_names_every_fault_of_its_rules(desk: RouterDesk) -> None:
    rules = [pb.RecycleRule(id="twice", after=pb.RECYCLE_AFTER_SILENCE, days=1)] * 2

    with pytest.raises(ThroughlineError) as refused:
        await _pool(desk, next_pool_id=new_id(), recycle_rules=rules)

    named = {violation.field for violation in refused.value.violations}  # type: ignore[attr-defined]
    assert named == {"rules.next_pool_id", "rules.recycle_rules[1].id"}


async def test_a_policy_sends_leads_that_nobody_can_have_to_a_pool_that_is_there(desk: RouterDesk) -> None:
    await _pool(desk)

    with pytest.raises(PolicyInvalid) as refused:
        await _fall_back_to(desk, new_id())
    await _fall_back_to(desk, POOL)
    lead = (await desk.submit()).lead

    assert [violation.field for violation in refused.value.violations] == ["fallbacks.pool_id"]
    assert (lead.state, lead.pool_id) == (lead_pb2.LEAD_STATE_POOLED, POOL)
    assert (await desk.conservation()).gap == 0


async def _fall_back_to(desk: RouterDesk, pool_id: str) -> None:
    document = Struct()
    document.update({"fallbacks": {"pool_when": ["supervisor"], "pool_id": pool_id}})
    with desk.as_person(DIRECTOR, "director"):
        await desk.policies.PublishPolicy(PublishPolicyRequest(document=document, version=0, note="pool"), NO_CONTEXT)
