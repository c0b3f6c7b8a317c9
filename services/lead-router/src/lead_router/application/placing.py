"""Place leads: decide together, commit under guard, and decide the losers of a race again.

The fairness groups are locked first, then the chosen reps, both in the order of their ids. What the locked rows allow
is kept; a lead whose rep has been filled or paused meanwhile is decided again, among the reps that are held already and
those that nobody else holds. After that it waits: the next look at waiting leads is soon.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

from chassis.ids import new_id
from chassis.timers import Payload
from chassis.working_time import WorkingTime
from lead_router.application import decision_record as outcomes
from lead_router.application.decision_record import DecisionRecord
from lead_router.application.ports import Company, Conditions, Value, Work
from lead_router.application.routing_board import RoutingBoard, RoutingBoards
from lead_router.application.stored_lead import StoredLead
from lead_router.application.timer_names import FOLLOW_UP_DEADLINE, LOOK_AGAIN, OFFER_EXPIRES
from lead_router.domain.ids import DecisionId, EntryId, GroupId, LeadId, RepId
from lead_router.domain.lead_state import LeadState, WaitingReason
from lead_router.domain.pool import PoolCause
from lead_router.domain.rep import Rep
from lead_router.domain.routing.availability import Moment
from lead_router.domain.routing.decide import decide
from lead_router.domain.routing.decision import Decision
from lead_router.domain.routing.guard import Guarded, LockedRep, chosen_reps, hold_to_room
from lead_router.domain.routing.lead_snapshot import LeadSnapshot, tags_of
from lead_router.domain.routing.ledger import GroupAccount, LedgerEntry, credit
from lead_router.domain.routing.outcome import Assigned, Award, Pooled, Waits
from lead_router.domain.routing.receipt import write_receipt
from lead_router.domain.routing.rep_table import Column

MOST_TOGETHER = 64
"""Leads decided in one transaction."""
_LOOK_EVERY = timedelta(minutes=30)


@dataclass(slots=True)
class _Held:
    """Rows that this transaction holds."""

    reps: dict[RepId, Rep]
    groups: dict[GroupId, GroupAccount]


@dataclass(frozen=True, slots=True)
class _Scene:
    """What one round of placing works with."""

    work: Work
    board: RoutingBoard
    moment: Moment
    working: WorkingTime
    held: _Held


@dataclass(frozen=True, slots=True)
class Placing:
    """Gives waiting leads to reps, inside a transaction of the caller."""

    boards: RoutingBoards
    conditions: Conditions
    company: Company

    async def place(
        self,
        work: Work,
        leads: Sequence[StoredLead],
        *,
        board: RoutingBoard | None = None,
        called_at: float | None = None,
    ) -> Mapping[LeadId, DecisionRecord]:
        """Decides on waiting leads, at most `MOST_TOGETHER`, and changes them and the reps accordingly.

        Writes reps, groups, ledger, receipts and timers; the caller saves the leads and appends their events.

        Args:
            board: as of this transaction, where the caller has it already.
            called_at: `perf_counter()` when somebody began to wait for the decision; None where nobody did.
        """
        board = board or await self.boards.refreshed(work)
        moment = await self._moment(work)
        by_id = {stored.lead.id: stored for stored in leads}
        decisions = decide(
            [self._snapshot(board, stored) for stored in leads],
            reps=board.reps,
            policy=board.policy,
            tables=board.tables,
            groups=board.groups,
            moment=moment,
        )
        decided_s = perf_counter()
        held = await self._hold(work, board, decisions)
        scene = _Scene(work, board, moment, await self.company.working_time(work.tenant_id), held)
        decision_us = int((decided_s - called_at) * 1_000_000) if called_at is not None else 0
        records, entries = {}, []
        for decision in await self._keep(scene, decisions):
            stored = by_id[decision.priced.lead.lead_id]
            record = self._record(decision, work.now, decision_us)
            entries += await self._apply(scene, stored, decision, record)
            records[stored.lead.id] = record
        await work.reps.save_loads(held.reps.values(), held.groups.values())
        await work.reps.add_entries(entries)
        await work.decisions.add_many(list(records.values()))
        await self._set_timers(work, [by_id[lead_id] for lead_id in records], scene.working)
        return records

    async def _moment(self, work: Work) -> Moment:
        zone = await self.company.zone(work.tenant_id)
        today = work.now.astimezone(zone).date()
        return Moment(work.now, today, _midnight_after(today, zone))

    def _snapshot(self, board: RoutingBoard, stored: StoredLead) -> LeadSnapshot:
        lead, profile = stored.lead, stored.lead.details.profile
        snapshot = LeadSnapshot(
            lead_id=lead.id,
            received_at=lead.received_at,
            segment=profile.segment,
            tags=tags_of(profile),
            numbers={"amount": profile.amount} if profile.amount is not None else {},
            amount=profile.amount,
            win_probability_ppm=lead.score.win_probability_ppm if lead.score else None,
            model=lead.score.model if lead.score else "",
            score=lead.score,
            trial_ends_at=profile.trial_ends_at,
            compares_competitors=profile.compares_competitors,
            is_urgent=lead.is_urgent,
            declined_by=lead.declined_by,
        )
        expressions = board.lead_conditions
        if not expressions:
            return snapshot
        fields: dict[str, Value] = {name: values[0] for name, values in snapshot.tags.items()}
        fields |= {"source": lead.details.origin.source, "is_urgent": lead.is_urgent, **snapshot.numbers}
        return replace(snapshot, clause_results=self.conditions.over_lead(expressions, fields))

    async def _hold(self, work: Work, board: RoutingBoard, decisions: Sequence[Decision]) -> _Held:
        """Locks the groups of the chosen reps, then the reps."""
        chosen = chosen_reps(decisions)
        places = [board.reps.roster.position[rep] for rep in chosen]
        group_ids = {board.reps.group_ids[int(board.reps[Column.GROUP][place])] for place in places}
        groups = await work.reps.lock_groups(group_ids)
        return _Held(await work.reps.lock(chosen), groups)

    async def _keep(self, scene: _Scene, decisions: Sequence[Decision]) -> list[Decision]:
        """The decisions that hold under the locked rows, those of the losers' second try among them."""
        board, held = scene.board, scene.held
        guarded = self._guarded(scene, decisions, ())
        kept = list(guarded.kept)
        if not guarded.lost:
            return kept
        free = await scene.work.reps.lock_free(self._members(board, held) - held.reps.keys())
        held.reps.update(free)
        again = decide(
            [race.again() for race in guarded.lost],
            reps=board.reps.updated(self.boards.row(rep, board.policy) for rep in held.reps.values()),
            policy=board.policy,
            tables=board.tables,
            groups={**board.groups, **held.groups},
            moment=scene.moment,
            earlier=guarded.awards,
            first_position=len(decisions),
            held=held.reps.keys(),
        )
        second = self._guarded(scene, again, guarded.awards)
        if second.lost:
            raise RuntimeError("a decision among held rows cannot lose a race")
        return [*kept, *second.kept]

    def _guarded(self, scene: _Scene, decisions: Sequence[Decision], already: Sequence[Award]) -> Guarded:
        rows = {
            rep.id: LockedRep(
                rep_id=rep.id,
                room_today=rep.daily_cap - rep.load.on(scene.moment.today),
                room_open=rep.profile.open_cap - rep.load.open_leads,
                is_paused=rep.is_paused or rep.has_left,
                is_on_leave=rep.is_on_leave,
                policy_seq=rep.policy_seq,
            )
            for rep in scene.held.reps.values()
            if rep.account.group_id in scene.held.groups
        }
        return hold_to_room(decisions, rows, already)

    def _members(self, board: RoutingBoard, held: _Held) -> set[RepId]:
        """Reps of the groups that are held: only they may be given a lead in this transaction."""
        groups = board.reps[Column.GROUP]
        return {
            rep
            for place, rep in enumerate(board.reps.roster.ids)
            if board.reps.group_ids[int(groups[place])] in held.groups
        }

    def _record(self, decision: Decision, now: datetime, decision_us: int) -> DecisionRecord:
        receipt = write_receipt(decision)
        outcome = decision.outcome
        kind = outcomes.WAITING
        if isinstance(outcome, Assigned):
            kind = outcomes.OFFERED if outcome.is_offer else outcomes.ASSIGNED
        elif isinstance(outcome, Pooled):
            kind = outcomes.POOLED
        return DecisionRecord(
            decision_id=DecisionId(new_id()),
            lead_id=decision.priced.lead.lead_id,
            decided_at=now,
            outcome=kind,
            rep_id=decision.rep_id,
            because=str(outcome.because),
            decision_us=decision_us,
            document=receipt.document,
            content=receipt.content,
            digest=receipt.digest,
            roster=decision.batch.reps.roster,
        )

    async def _apply(
        self, scene: _Scene, stored: StoredLead, decision: Decision, record: DecisionRecord
    ) -> list[LedgerEntry]:
        """Moves the lead as decided, and counts it against the rep and in the ledger."""
        work, lead, outcome = scene.work, stored.lead, decision.outcome
        stored.worth = decision.priced.worth.value
        if isinstance(outcome, Assigned):
            rep = scene.held.reps[outcome.rep_id]
            terms = scene.board.policy.sla.terms(scene.working)
            if outcome.is_offer:
                expires_at = work.now + timedelta(minutes=scene.board.policy.offers.timeout_minutes)
                lead.offer(rep.owner, decision_id=record.decision_id, expires_at=expires_at, at=work.now)
            else:
                lead.assign(
                    rep.owner, decision_id=record.decision_id, because=outcome.because, at=work.now, terms=terms
                )
            return [self._credit(scene, rep, stored, outcome)]
        if isinstance(outcome, Pooled):
            lead.pool(outcome.pool_id, cause=PoolCause.FALLBACK, at=work.now)
        if isinstance(outcome, Waits):
            asked = outcome.reason is WaitingReason.SUPERVISOR
            lead.queue(
                outcome.reason,
                decision_id=record.decision_id,
                look_again_at=outcome.look_again_at,
                at=work.now,
                supervisors=await self.company.supervisors(work.tenant_id) if asked else (),
            )
        return []

    def _credit(self, scene: _Scene, rep: Rep, stored: StoredLead, outcome: Assigned) -> LedgerEntry:
        groups = scene.held.groups
        posting = credit(
            groups[rep.account.group_id],
            rep.account,
            worth=outcome.credited_worth,
            lead_id=stored.lead.id,
            entry_id=EntryId(new_id()),
            is_override=outcome.is_override,
        )
        groups[rep.account.group_id] = posting.group
        rep.account = posting.rep
        rep.load = rep.load.taken(stored.worth, at=scene.moment.now, day=scene.moment.today)
        return posting.entry

    async def _set_timers(self, work: Work, placed: Sequence[StoredLead], working: WorkingTime) -> None:
        """The 48-hour deadline of each owned lead, the end of each offer, and the next look at those that wait."""
        offers: list[tuple[str, datetime, Payload]] = []
        deadlines: list[tuple[str, datetime, Payload]] = []
        looks: dict[str, datetime] = {}
        for stored in placed:
            stored.reckon(working)
            due_at = stored.follow_up_due_at
            if stored.lead.owner is not None and due_at is not None:
                deadlines.append((stored.lead.id, due_at, {"owner_id": stored.lead.owner.rep_id}))
            elif (expires_at := stored.lead.standing.offer_expires_at) is not None:
                offers.append((stored.lead.id, expires_at, {}))
            elif stored.lead.state is LeadState.WAITING:
                look = min(filter(None, [stored.lead.standing.look_again_at, _next_look(work.now)]))
                looks[look.isoformat()] = look
        await work.timers.set_many(FOLLOW_UP_DEADLINE, deadlines)
        await work.timers.set_many(OFFER_EXPIRES, offers)
        await work.timers.set_many(LOOK_AGAIN, [(key, look, {}) for key, look in looks.items()])


def _midnight_after(today: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(today + timedelta(days=1), time(), zone)


def _next_look(now: datetime) -> datetime:
    """The next half hour, so that all leads that wait share one timer."""
    since = now - now.replace(minute=0, second=0, microsecond=0)
    return now - since + _LOOK_EVERY * (since // _LOOK_EVERY + 1)
