"""Take signals in: each counts once, whatever the order, and behaviour that shows in them is recognised at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from chassis import context
from chassis.errors import NotFound, ThroughlineError
from lead_router.application.ports import Company, UnitOfWork, Work
from lead_router.application.signal_ports import BehaviourConditions, LeadBehaviour, SentSignal
from lead_router.application.stored_lead import StoredLead
from lead_router.application.timer_names import NEXT_CANDIDATE
from lead_router.domain.ids import LeadId
from lead_router.domain.lead_state import OPEN, LeadState
from lead_router.domain.signals.behaviour import BUILT_IN, BehaviourRules, windows
from lead_router.domain.signals.features import SignalFeatures
from lead_router.domain.signals.signal import OLDEST

MOST_TOGETHER = 200
"""Signals of one transaction."""
_KEPT = OLDEST + timedelta(days=1)
_MOST_FORGOTTEN = 5_000
_MOST_JOINS = 8


@dataclass(frozen=True, slots=True)
class RecordedSignal:
    """What became of a signal: the lead it counts for, or why it was refused."""

    lead_id: LeadId
    is_repeat: bool = False
    fault: ThroughlineError | None = None


@dataclass(frozen=True, slots=True)
class SignalIntake:
    """Records signals. No audit row for each: the signal itself is kept as sent, with who sent it and when."""

    unit_of_work: UnitOfWork
    conditions: BehaviourConditions
    company: Company

    async def record(self, sent: SentSignal) -> RecordedSignal:
        """Records one signal.

        Raises:
            NotFound: there is no such lead.
            Invalid: it happened too long ago, or has not happened yet.
        """
        async with self.unit_of_work.begin() as work:
            (recorded,) = await self._take(work, [sent])
            if recorded.fault is not None:
                raise recorded.fault
            return await work.answer(recorded)

    async def record_many(self, sent: Sequence[SentSignal]) -> list[RecordedSignal]:
        """Records signals in one transaction, at most `MOST_TOGETHER`; one that is refused stops no other."""
        async with self.unit_of_work.begin() as work:
            return await self._take(work, sent)

    async def forget(self) -> int:
        """Removes signals that are too old to be repeated, in portions; gives how many. Their sums stay."""
        removed = 0
        while True:
            async with self.unit_of_work.begin() as work:
                portion = await work.signals.forget(work.now - _KEPT, _MOST_FORGOTTEN)
            removed += portion
            if portion < _MOST_FORGOTTEN:
                return removed

    async def _take(self, work: Work, sent: Sequence[SentSignal]) -> list[RecordedSignal]:
        leads, standing_for = await _locked(work, {one.signal.lead_id for one in sent})
        outcomes = [_checked(work, one, standing_for) for one in sent]
        sound = [one for one, outcome in zip(sent, outcomes, strict=True) if outcome.fault is None]
        new = await work.signals.add_new(sound, context.current().principal.actor, work.now)
        kept = dict(await work.signals.features(leads))
        for at, one in enumerate(sent):
            known_by = (one.signal.source, one.signal.signal_id)
            if outcomes[at].fault is not None:
                continue
            lead_id = outcomes[at].lead_id
            if known_by not in new:
                outcomes[at] = RecordedSignal(lead_id, is_repeat=True)
                continue
            new.discard(known_by)  # the same signal may stand in one portion twice
            if lead_id not in kept:
                kept[lead_id] = LeadBehaviour(SignalFeatures(leads[lead_id].lead.received_at))
            kept[lead_id].features.add(one.signal)
        counted = {o.lead_id for o in outcomes if o.fault is None and not o.is_repeat}
        await self._recognise(work, {lead_id: leads[lead_id] for lead_id in counted}, kept)
        await work.signals.save({lead_id: kept[lead_id] for lead_id in counted})
        return outcomes

    async def _recognise(
        self, work: Work, leads: Mapping[LeadId, StoredLead], kept: Mapping[LeadId, LeadBehaviour]
    ) -> None:
        published = await work.signals.rules() if leads else None
        rules = published.rules if published else BUILT_IN
        changed = [
            stored
            for lead_id, stored in leads.items()
            if stored.lead.state in OPEN and self._look(work, stored, kept[lead_id], rules)
        ]
        if not changed:
            return
        working = await self.company.working_time(work.tenant_id)
        for stored in changed:
            stored.reckon(working)
        await work.leads.save_many(changed)
        waiting = [one.lead for one in changed if one.lead.state is LeadState.WAITING and one.lead.is_urgent]
        await work.timers.set_many(NEXT_CANDIDATE, [(lead.id, work.now, {}) for lead in waiting])
        for stored in changed:
            for event in stored.lead.pull_events():
                work.outbox.append(event)

    def _look(self, work: Work, stored: StoredLead, kept: LeadBehaviour, rules: BehaviourRules) -> bool:
        """Looks for behaviour in the signals of a lead; True where any is news."""
        counts = windows(rules, kept.features, work.now)
        fired = [rule for rule in rules.rules if self.conditions.holds(rule.when, counts[rule.window_days])]
        news = kept.behaviours.recognise(fired, rules.version, work.now)
        if not news:
            return False
        lead = stored.lead
        for one in news:
            lead.recognise_behaviour(one, at=work.now)
        if lead.score is not None and (boosted := kept.behaviours.boosted(lead.score)) != lead.score:
            lead.rescore(boosted, at=work.now)
        if urgent := [f"BEHAVIOUR:{one.rule.id}" for one in news if one.rule.is_urgent]:
            lead.raise_urgency(urgent, at=work.now)
        work.audit.record(
            action="lead.recognise_behaviour",
            resource=f"leads/{lead.id}",
            after={"rules": [one.rule.id for one in news], "rules_version": rules.version},
        )
        return True


async def _locked(work: Work, lead_ids: set[LeadId]) -> tuple[dict[LeadId, StoredLead], dict[LeadId, LeadId]]:
    """The leads that stand for those asked for, locked, and by each asked for which one that is."""
    standing_for = {lead_id: lead_id for lead_id in lead_ids}
    known = await work.leads.get_many(lead_ids)
    for _ in range(_MOST_JOINS):
        further = {
            asked: found.lead.standing.merged_into
            for asked, now in standing_for.items()
            if (found := known.get(now)) is not None and found.lead.standing.merged_into is not None
        }
        if not further:
            break
        standing_for |= further
        known = await work.leads.get_many(set(standing_for.values()))
    leads = dict(await work.leads.lock_many(set(standing_for.values())))
    return leads, {asked: now for asked, now in standing_for.items() if now in leads}


def _checked(work: Work, sent: SentSignal, standing_for: Mapping[LeadId, LeadId]) -> RecordedSignal:
    asked = sent.signal.lead_id
    if asked not in standing_for:
        return RecordedSignal(asked, fault=NotFound("lead", asked))
    try:
        sent.signal.require_timely(work.now)
    except ThroughlineError as fault:
        return RecordedSignal(asked, fault=fault)
    return RecordedSignal(standing_for[asked])
