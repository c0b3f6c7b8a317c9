"""Take leads in, many in one transaction: join duplicates on strong keys, place the new ones, start the clocks.

Two equal leads at the same instant, in one batch or on two replicas, make one lead: the buckets of their keys are held
from before the look-up until the commit.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime

from chassis import context
from chassis.context import RequestContext
from chassis.errors import ThroughlineError
from chassis.ids import new_id
from chassis.timers import Payload
from lead_router.application.decision_record import DecisionRecord
from lead_router.application.placing import MOST_TOGETHER, Placing
from lead_router.application.ports import Company, Work
from lead_router.application.routing_board import RoutingBoard
from lead_router.application.scoring_models import ModelBoard, ScoringModels
from lead_router.application.stored_lead import Intake, StoredLead
from lead_router.application.submission import Join, Submission, Submitted
from lead_router.application.timer_names import RESPONSE_WARNING
from lead_router.domain.errors import LeadStateForbids
from lead_router.domain.ids import LeadId, PersonId
from lead_router.domain.lead import Lead
from lead_router.domain.lead_answers import impersonal
from lead_router.domain.response_clock import ClockTerms
from matching.decision import Candidate, LeadMatch, Outcome
from matching.decision import decide as match
from matching.identity import NormalisedIdentity
from matching.keys import buckets, lock_keys, strong_keys

__all__ = ["MOST_TOGETHER", "Entry", "SubmitLeads"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One submission with the request that brought it."""

    submission: Submission
    request: RequestContext | None = None
    """None for the request that is running, which all of a batch then share."""
    called_at: float | None = None
    """`perf_counter()` of the call."""
    in_name_of_caller: Callable[[], AbstractContextManager[object]] = nullcontext
    """Within it, events and audit rows carry the caller and the caller's trace."""


@dataclass(slots=True)
class _Register:
    """The leads that submissions of this batch may join: those found, and those made on the way."""

    leads: dict[LeadId, StoredLead] = field(default_factory=dict)
    identities: dict[LeadId, list[NormalisedIdentity]] = field(default_factory=dict)
    by_key: dict[int, set[LeadId]] = field(default_factory=dict)

    def add(self, root: LeadId, identity: NormalisedIdentity, keys: Iterable[int]) -> None:
        """One more identity of a lead, with the numbers of its strong keys."""
        self.identities.setdefault(root, []).append(identity)
        for key in keys:
            self.by_key.setdefault(key, set()).add(root)

    def candidates(self, keys: Iterable[int]) -> list[Candidate]:
        """Leads that share one of these strong keys."""
        roots = {root for key in keys for root in self.by_key.get(key, ())}
        return [Candidate(root, self.identities[root]) for root in sorted(roots)]


@dataclass(frozen=True, slots=True)
class _Made:
    """A submission after matching: a new lead, or a merged one beside the lead it joined."""

    entry: Entry
    stored: StoredLead
    joined: StoredLead | None = None
    found: LeadMatch | None = None


@dataclass(frozen=True, slots=True)
class SubmitLeads:
    """Takes submissions in, inside a transaction of the caller."""

    placing: Placing
    company: Company
    models: ScoringModels = field(default_factory=ScoringModels)

    async def __call__(self, work: Work, entries: Sequence[Entry]) -> list[Submitted | ThroughlineError]:
        """What became of each submission, in their order. A faulty one does not touch the others.

        Args:
            entries: at most `MOST_TOGETHER`.
        """
        register = await self._register(work, entries)
        # Read once the keys are held: whatever a rival that held them has changed is seen.
        board = await self.placing.boards.refreshed(work)
        models = await self.models.refreshed(work)
        terms = board.policy.sla.terms(await self.company.working_time(work.tenant_id))
        made: list[_Made | ThroughlineError] = []
        for entry in entries:
            try:
                made.append(self._make(work, entry, register, terms, models))
            except ThroughlineError as fault:
                made.append(fault)
        good = [one for one in made if isinstance(one, _Made)]
        fresh = [one for one in good if one.joined is None]
        called_at = min((one.entry.called_at for one in fresh if one.entry.called_at is not None), default=None)
        records = await self._place(work, [one.stored for one in fresh], board, called_at)
        await self._keep(work, good)
        currency = await self.company.currency(work.tenant_id)
        for one in good:
            self._tell(work, one, currency)
        return [one if isinstance(one, ThroughlineError) else self._submitted(one, records) for one in made]

    async def _register(self, work: Work, entries: Sequence[Entry]) -> _Register:
        """Holds the buckets of all keys, then looks the strong ones up and holds the leads that carry them."""
        submissions = [entry.submission for entry in entries]
        held = [bucket for one in submissions for bucket in buckets(lock_keys(one.identity), work.tenant_id)]
        await work.identities.hold(held)
        found = await work.identities.find(key for one in submissions for key in one.strong_keys)
        register = _Register()
        register.leads |= await work.leads.lock_many(root for root, _ in found.values())
        for root, identity in found.values():
            register.add(root, identity, (key.number for key in strong_keys(identity)))
        return register

    def _make(self, work: Work, entry: Entry, register: _Register, terms: ClockTerms, models: ModelBoard) -> _Made:
        submission, lead_id = entry.submission, LeadId(new_id())
        verdict = match(submission.identity, register.candidates(submission.strong_keys))
        if verdict.outcome is Outcome.JOIN and verdict.joined is not None:
            into = register.leads[LeadId(verdict.joined.lead_id)]
            merged = self._joined(work, entry, lead_id, into, reasons=_codes(verdict.joined), terms=terms)
            if merged is not None:
                register.add(into.lead.id, submission.identity, submission.strong_keys)
                return _Made(entry, merged, into, verdict.joined)
        lead = Lead.receive(
            lead_id,
            submission.details,
            at=work.now,
            terms=terms,
            captured=impersonal(submission.answers),
            score=models.score(submission.answers),
            shadow_score=models.shadow_score(submission.answers),
        )
        stored = StoredLead(lead, warnings=submission.warnings)
        register.leads[lead_id] = stored
        register.add(lead_id, submission.identity, submission.strong_keys)
        return _Made(entry, stored)

    def _joined(
        self,
        work: Work,
        entry: Entry,
        lead_id: LeadId,
        into: StoredLead,
        *,
        reasons: Sequence[str],
        terms: ClockTerms,
    ) -> StoredLead | None:
        """The submission as a part of the lead it matches; None where that lead has ended."""
        submitter = (entry.request or context.current()).principal.person_id
        try:
            lead = Lead.join_on_arrival(
                lead_id,
                entry.submission.details,
                into=into.lead,
                submitter=PersonId(submitter) if submitter else None,
                reasons=reasons,
                at=work.now,
                terms=terms,
            )
        except LeadStateForbids:
            return None
        return StoredLead(lead, warnings=entry.submission.warnings)

    async def _place(
        self, work: Work, leads: Sequence[StoredLead], board: RoutingBoard, called_at: float | None
    ) -> Mapping[LeadId, DecisionRecord]:
        return await self.placing.place(work, leads, board=board, called_at=called_at) if leads else {}

    async def _keep(self, work: Work, made: Sequence[_Made]) -> None:
        fresh = {one.stored.lead.id for one in made if one.joined is None}
        intakes = []
        for one in made:
            submission = one.entry.submission
            actor = (one.entry.request or context.current()).principal.actor
            intakes.append(Intake(one.stored, submission.identity, submission.door, actor, submission.raw))
        await work.leads.add_many(intakes)
        touched = {one.joined.lead.id: one.joined for one in made if one.joined is not None}
        await work.leads.save_many([stored for lead_id, stored in touched.items() if lead_id not in fresh])
        await work.identities.add_keys([(one.stored.lead.id, one.entry.submission.keys) for one in made])
        await work.timers.set_many(RESPONSE_WARNING, list(_warnings(made)))

    def _tell(self, work: Work, one: _Made, currency: str) -> None:
        """Appends the events and the audit row in the name of whoever sent the submission."""
        with one.entry.in_name_of_caller():
            told = one.joined or one.stored
            for event in told.lead.pull_events():
                work.outbox.append(event, worth=told.worth, currency=currency)
            work.audit.record(
                action="lead.join" if one.joined else "lead.submit",
                resource=f"leads/{told.lead.id}",
                after={
                    "submission": one.stored.lead.id,
                    "state": told.lead.state.value,
                    "owner_id": told.lead.owner.rep_id if told.lead.owner else None,
                },
            )

    def _submitted(self, one: _Made, records: Mapping[LeadId, DecisionRecord]) -> Submitted:
        lead_id = one.stored.lead.id
        if one.joined is None or one.found is None:
            return Submitted(one.stored, lead_id, records.get(lead_id))
        standing = one.joined.lead.standing
        join = Join(
            one.joined.lead.id,
            one.found.score,
            _codes(one.found),
            standing.owner.rep_id if standing.owner else None,
            standing.assigned_at,
        )
        return Submitted(one.joined, lead_id, join=join)


def _warnings(made: Iterable[_Made]) -> Iterable[tuple[str, datetime, Payload]]:
    for one in made:
        if one.joined is None and one.stored.response_due_at is not None:
            yield one.stored.lead.id, one.stored.response_due_at, {}


def _codes(found: LeadMatch) -> list[str]:
    return [str(reason.code) for reason in found.best.reasons]
