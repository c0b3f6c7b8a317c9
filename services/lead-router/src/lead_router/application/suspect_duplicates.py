"""Hold a new lead against all others, and keep what may be the same customer (LR-15, X-03).

Done after the lead has its owner, by a consumer of our own events: a lead must not wait for it.
"""

from dataclasses import dataclass
from datetime import datetime

from chassis.ids import new_id
from lead_router.application.ports import UnitOfWork
from lead_router.application.stored_lead import StoredLead
from lead_router.domain.ids import DuplicateId, LeadId
from lead_router.domain.lead_duplicate import Finding, LeadDuplicate
from lead_router.domain.lead_state import LeadState
from matching.decision import Candidate, LeadMatch, Verdict, decide
from matching.keys import blocking_keys

_GONE = frozenset({LeadState.MERGED, LeadState.ERASED})


@dataclass(frozen=True, slots=True)
class SuspectDuplicatesHandler:
    """Keeps at most five pairs for a lead, the likeliest; a pair that was found before stays as it is."""

    unit_of_work: UnitOfWork

    async def __call__(self, lead_id: LeadId) -> None:
        """Finds pairs; a lead that is not there, or stands for another by now, has none."""
        async with self.unit_of_work.begin() as work:
            own = await work.duplicates.identities(lead_id)
            if not own:
                return
            alike = await work.duplicates.alike(lead_id, [key.number for key in blocking_keys(own[0])])
            found = await work.leads.get_many([lead_id, *alike])
            lead = found.get(lead_id)
            if lead is None or lead.lead.state in _GONE:
                return
            known = await work.duplicates.known(lead_id)
            candidates = [
                Candidate(other_id, records)
                for other_id, records in alike.items()
                if other_id not in known and other_id in found and found[other_id].lead.state not in _GONE
            ]
            for match in _suspected(decide(own[0], candidates)):
                other = found[LeadId(match.lead_id)]
                pair = _pair(lead, other, match, at=work.now)
                if await work.duplicates.add(pair):
                    people, teams = _concerned(lead, other)
                    work.duplicate_outbox.suspected(pair, people, teams)


def _pair(one: StoredLead, other: StoredLead, match: LeadMatch, *, at: datetime) -> LeadDuplicate:
    """The same pair whichever of the two is looked at, so that two consumers cannot keep it twice."""
    earlier, later = sorted((one, other), key=lambda stored: (stored.lead.received_at, stored.lead.id))
    return LeadDuplicate(
        id=DuplicateId(new_id()),
        lead_id=later.lead.id,
        other_id=earlier.lead.id,
        finding=Finding.of(match),
        is_shown=match.is_shown,
        suspected_at=at,
    )


def _suspected(verdict: Verdict) -> tuple[LeadMatch, ...]:
    """What a person should look at. A join found now was none on receipt: a person decides about two leads at work."""
    return (verdict.joined,) if verdict.joined else verdict.suggestions


def _concerned(*leads: StoredLead) -> tuple[frozenset[str], frozenset[str]]:
    owners = [stored.lead.owner for stored in leads if stored.lead.owner is not None]
    people = {person for owner in owners for person in (owner.rep_id, owner.supervisor_id) if person}
    return frozenset(people), frozenset(owner.team_id for owner in owners if owner.team_id)
