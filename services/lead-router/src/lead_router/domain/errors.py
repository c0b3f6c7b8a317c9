"""Why a move of the router's domain is refused, as facts that know no transport."""

from collections.abc import Sequence
from datetime import datetime

from chassis.errors import Invalid, Refused, Violation
from lead_router.domain.ids import DuplicateId, EntryId, ImportId, LeadId, PoolId, RepId


class LeadStateForbids(Refused):
    """The lead is in a state that forbids the move."""

    reason = "LEAD_STATE_FORBIDS"

    def __init__(self, lead: LeadId, state: str, move: str) -> None:
        super().__init__(f"Lead {lead} is {state}: it refuses {move}.", lead_id=lead, state=state, move=move)


class RepFull(Refused):
    """The rep has no room for another lead."""

    reason = "REP_FULL"

    def __init__(self, rep: RepId, held: int, cap: int) -> None:
        super().__init__(f"Rep {rep} is full: {held} of {cap}.", rep_id=rep, open=held, cap=cap)


class RepUnavailable(Refused):
    """The rep is paused, on leave or inactive."""

    reason = "REP_UNAVAILABLE"

    def __init__(self, rep: RepId) -> None:
        super().__init__(f"Rep {rep} is not available.", rep_id=rep)


class OfferOfAnother(Refused):
    """The lead stands offered to someone else."""

    reason = "OFFER_OF_ANOTHER"

    def __init__(self, lead: LeadId, rep: RepId) -> None:
        super().__init__(f"Lead {lead} is not offered to {rep}.", lead_id=lead, rep_id=rep)


class RerouteForbidden(Refused):
    """Only a person may move this lead: it was contacted, accepted, or re-routed often enough."""

    reason = "REROUTE_FORBIDDEN"

    def __init__(self, lead: LeadId, because: str) -> None:
        super().__init__(f"Lead {lead} stays where it is: {because}.", lead_id=lead, because=because)


class AlarmNotDue(Refused):
    """The deadline has not passed, its clock is paused, or the alarm has nothing left to warn of."""

    reason = "ALARM_NOT_DUE"

    def __init__(self, lead: LeadId, alarm: str) -> None:
        super().__init__(f"Lead {lead} has no {alarm} due.", lead_id=lead, alarm=alarm)


class ClockStateForbids(Refused):
    """The clock is paused already, or is not paused, or is not running."""

    reason = "CLOCK_STATE_FORBIDS"

    def __init__(self, clock: str, state: str) -> None:
        super().__init__(f"The {clock} clock is {state}.", clock=clock, state=state)


class EntryNotReversible(Refused):
    """The ledger entry is a reversal itself, or belongs to another account."""

    reason = "ENTRY_NOT_REVERSIBLE"

    def __init__(self, entry: EntryId, because: str) -> None:
        super().__init__(f"Entry {entry} cannot be reversed: {because}.", entry_id=entry, because=because)


class ReplayInputsDiffer(Refused):
    """The inputs given to a replay are not those that the receipt was written from."""

    reason = "REPLAY_INPUTS_DIFFER"

    def __init__(self, lead: LeadId, inputs: Sequence[str]) -> None:
        names = ", ".join(inputs)
        super().__init__(f"Lead {lead} cannot be replayed: {names} differ.", lead_id=lead, inputs=names)


class PolicyInvalid(Invalid):
    """A policy document has faults; all of them are listed."""

    reason = "POLICY_INVALID"

    def __init__(self, policy: str, violations: Sequence[Violation]) -> None:
        super().__init__(violations, policy_id=policy)


def missing_field(field: str, message: str) -> Invalid:
    """An `Invalid` for one field that must be there."""
    return Invalid([Violation(field, "required", message)])


class ImportStateForbids(Refused):
    """The import is in a state that forbids the move."""

    reason = "IMPORT_STATE_FORBIDS"

    def __init__(self, import_id: ImportId, state: str, move: str) -> None:
        super().__init__(f"Import {import_id} is {state}: cannot {move}.", import_id=import_id, state=state, move=move)


class ImportRowChanged(Refused):
    """The row was sent before with other content."""

    reason = "IMPORT_ROW_CHANGED"

    def __init__(self, import_id: ImportId, row_number: int) -> None:
        super().__init__(
            f"Row {row_number} of import {import_id} was sent before with other content.",
            import_id=import_id,
            row_number=row_number,
        )


class LeadNotScored(Refused):
    """No model has scored the lead."""

    reason = "LEAD_NOT_SCORED"

    def __init__(self, lead: LeadId) -> None:
        super().__init__(f"No model has scored lead {lead}.", lead_id=lead)


class PoolLeadTaken(Refused):
    """Somebody else took the lead out of the pool."""

    reason = "POOL_LEAD_TAKEN"

    def __init__(self, lead: LeadId) -> None:
        super().__init__(f"Lead {lead} is in no pool any more: somebody else has it.", lead_id=lead)


class PoolClaimsUsedUp(Refused):
    """The rep has claimed as many leads of the pool today as allowed."""

    reason = "POOL_CLAIMS_USED_UP"

    def __init__(self, pool: PoolId, limit: int) -> None:
        super().__init__(f"All {limit} claims from pool {pool} are used up today.", pool_id=pool, limit=limit)


class PoolViewsUsedUp(Refused):
    """The rep has looked at as many leads of the pool today as allowed."""

    reason = "POOL_VIEWS_USED_UP"

    def __init__(self, pool: PoolId, limit: int) -> None:
        super().__init__(f"All {limit} views of pool {pool} are used up today.", pool_id=pool, limit=limit)


class PoolCoolDown(Refused):
    """The rep had the lead before and may not claim it again yet."""

    reason = "POOL_COOL_DOWN"

    def __init__(self, lead: LeadId, until: datetime) -> None:
        text = until.isoformat()
        super().__init__(f"Lead {lead} may not be claimed again before {text}.", lead_id=lead, until=text)


class PoolNotOpen(Refused):
    """The pool is of other teams, or the lead is newcomers' alone yet."""

    reason = "POOL_NOT_OPEN"

    def __init__(self, pool: PoolId, because: str) -> None:
        super().__init__(f"Pool {pool} is not open to you: {because}.", pool_id=pool, because=because)


class TooMany(Refused):
    """The tenant has as many things of this kind as it may have."""

    reason = "TOO_MANY"

    def __init__(self, kind: str, limit: int) -> None:
        super().__init__(f"There are {limit} of the kind {kind}, as many as there may be.", kind=kind, limit=limit)


class ProtectionUsedUp(Refused):
    """The protection of the lead was extended as often as allowed."""

    reason = "PROTECTION_USED_UP"

    def __init__(self, lead: LeadId, limit: int) -> None:
        super().__init__(
            f"The protection of lead {lead} may be extended {limit} times, and was.", lead_id=lead, limit=limit
        )


class DuplicateStateForbids(Refused):
    """The pair of leads was decided before."""

    reason = "DUPLICATE_STATE_FORBIDS"

    def __init__(self, duplicate: DuplicateId, state: str, move: str) -> None:
        super().__init__(
            f"Suspected duplicate {duplicate} is {state}: it refuses {move}.",
            duplicate_id=duplicate,
            state=state,
            move=move,
        )
