"""Committing under guard: what of a batch still holds once the reps' rows are locked.

The transaction locks the fairness groups, then the chosen reps in the order of their ids, and reads from the locked
rows how much room there really is. Each rep keeps the first leads that fit, in the order of the batch; the others lost
a race to another commit and are decided again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from lead_router.domain.ids import RepId
from lead_router.domain.routing.decision import Decision
from lead_router.domain.routing.eligibility import Rule
from lead_router.domain.routing.lead_snapshot import LeadSnapshot
from lead_router.domain.routing.outcome import Assigned, Award
from lead_router.domain.routing.rep_table import Column


@dataclass(frozen=True, slots=True)
class LockedRep:
    """What the guard reads from a locked row."""

    rep_id: RepId
    room_today: int
    """Leads that fit under the daily cap; a count of another day does not count."""
    room_open: int
    is_paused: bool
    is_on_leave: bool
    policy_seq: int

    def refuses(self, seen_policy_seq: int) -> bool:
        """Whether the rep is out for all leads: gone away since, or no longer who the rules were checked for."""
        return self.is_paused or self.is_on_leave or self.policy_seq != seen_policy_seq


@dataclass(frozen=True, slots=True)
class LostRace:
    """A decision that no longer holds."""

    decision: Decision
    rep_id: RepId
    rule: Rule
    """LOST_TO_RIVAL, or NOT_HELD where the row could not be locked."""

    def again(self) -> LeadSnapshot:
        """The lead for the next decision, which will not choose the lost rep and says so in its receipt."""
        lead = self.decision.priced.lead
        if self.rule is Rule.NOT_HELD:
            return lead
        return replace(lead, lost_to_rival=(*lead.lost_to_rival, self.rep_id))


@dataclass(frozen=True, slots=True)
class Guarded:
    """A batch after the guard, each part in the order of the batch."""

    kept: tuple[Decision, ...]
    """To be written: leads given away within the locked room, and leads that wait or go to a pool."""
    lost: tuple[LostRace, ...]

    @property
    def awards(self) -> tuple[Award, ...]:
        """What the next pass must count as given: `decide(..., earlier=guarded.awards)`."""
        return awards_of(self.kept)


def chosen_reps(decisions: Iterable[Decision]) -> tuple[RepId, ...]:
    """Reps whose rows must be locked, in the order to lock them."""
    return tuple(sorted({decision.rep_id for decision in decisions if decision.rep_id is not None}))


def awards_of(decisions: Iterable[Decision]) -> tuple[Award, ...]:
    outcomes = (decision.outcome for decision in decisions)
    return tuple(Award(out.rep_id, out.credited_worth) for out in outcomes if isinstance(out, Assigned))


def hold_to_room(
    decisions: Sequence[Decision], locked: Mapping[RepId, LockedRep], already: Sequence[Award] = ()
) -> Guarded:
    """Accepts each rep's first leads up to the room of the locked row.

    Args:
        decisions: of one pass, in order.
        locked: rows held by this transaction; a chosen rep without one lost to `NOT_HELD`.
        already: awards of earlier passes of the same transaction, which use the same room.
    """
    used: dict[RepId, int] = {}
    for award in already:
        used[award.rep_id] = used.get(award.rep_id, 0) + 1
    kept: list[Decision] = []
    lost: list[LostRace] = []
    for decision in decisions:
        rep = decision.rep_id
        rule = None if rep is None else _lost_by(decision, rep, locked.get(rep), used.get(rep, 0))
        if rep is None or rule is None:
            kept.append(decision)
        else:
            lost.append(LostRace(decision, rep, rule))
        if rep is not None and rule is None:
            used[rep] = used.get(rep, 0) + 1
    return Guarded(tuple(kept), tuple(lost))


def _lost_by(decision: Decision, rep: RepId, row: LockedRep | None, used: int) -> Rule | None:
    if row is None:
        return Rule.NOT_HELD
    seen = int(decision.batch.reps[Column.POLICY_SEQ][decision.position_of(rep)])
    if row.refuses(seen) or min(row.room_today, row.room_open) <= used:
        return Rule.LOST_TO_RIVAL
    return None
