"""When an owned lead that nobody contacted yet moves to a better rep because its signals changed."""

from lead_router.domain.events import MovedBecause
from lead_router.domain.ids import RepId
from lead_router.domain.routing.decision import Decision
from lead_router.domain.routing.fixed_point import share_of
from lead_router.domain.routing.outcome import Assigned


def rerouting_gain(decision: Decision, holder: RepId) -> int | None:
    """By how much the chosen rep's total exceeds the holder's, in hundredths; None where the holder stays anyway.

    The holder needs no room for a lead already held, so the holder's total counts even where a rule excludes the holder
    from new ones.
    """
    outcome = decision.outcome
    if not isinstance(outcome, Assigned) or outcome.rep_id == holder:
        return None
    if outcome.because is not MovedBecause.BEST_TOTAL:
        return None
    return decision.terms(outcome.rep_id).total - decision.terms(holder).total


def is_worth_rerouting(decision: Decision, holder: RepId) -> bool:
    """Whether the gain is above `switch_cost` of the lead's worth. Whether the lead may move is for the lead to say."""
    gain = rerouting_gain(decision, holder)
    cost = share_of(decision.priced.worth.value, decision.batch.policy.rerouting.switch_cost)
    return gain is not None and gain > cost
