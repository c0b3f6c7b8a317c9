"""Which leads are decided first: urgent ones (LR-04), then the policy's own classes, then the rest."""

from dataclasses import dataclass

from lead_router.domain.routing.fixed_point import PPM, epoch_seconds
from lead_router.domain.routing.lead_snapshot import LeadSnapshot
from lead_router.domain.routing.policy import Priority
from lead_router.domain.routing.policy_document import ORDINARY_CLASS, URGENT_CLASS

TRIAL_ENDS, COMPARES_COMPETITORS, RAISED = "TRIAL_ENDS", "COMPARES_COMPETITORS", "RAISED"
"""Causes of urgency, as codes of the receipt."""
_HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class LeadClass:
    """A lead's place in the order of business."""

    rank: int
    """0 is decided first."""
    id: str
    factor_ppm: int
    """On the worth."""
    may_wait: bool
    causes: tuple[str, ...] = ()


def urgency_causes(lead: LeadSnapshot, priority: Priority, now_s: int) -> tuple[str, ...]:
    """Why the lead is urgent; empty where it is not. A trial that has ended is no cause."""
    causes = [RAISED] if lead.is_urgent else []
    if lead.trial_ends_at is not None:
        left_s = epoch_seconds(lead.trial_ends_at) - now_s
        if 0 <= left_s <= priority.trial_within_hours * _HOUR_S:
            causes.append(TRIAL_ENDS)
    if priority.competitor_comparison and lead.compares_competitors:
        causes.append(COMPARES_COMPETITORS)
    return tuple(causes)


def class_of(lead: LeadSnapshot, priority: Priority, now_s: int) -> LeadClass:
    """The first class that the lead falls into; urgent leads never wait while somebody is free."""
    if causes := urgency_causes(lead, priority, now_s):
        return LeadClass(0, URGENT_CLASS, priority.urgency_factor, False, causes)
    for at, part in enumerate(priority.classes):
        if lead.clause_results.get(part.when, False):
            return LeadClass(at + 1, part.id, part.factor, part.may_wait)
    return LeadClass(len(priority.classes) + 1, ORDINARY_CLASS, PPM, True)
