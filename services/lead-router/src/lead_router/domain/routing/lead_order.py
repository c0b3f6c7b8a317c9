"""In which order the leads of a batch are decided: by class, then by what is left of their value, then by age."""

from collections.abc import Iterable
from dataclasses import dataclass

from lead_router.domain.routing.fixed_point import epoch_seconds, share_of
from lead_router.domain.routing.lead_snapshot import LeadSnapshot
from lead_router.domain.routing.policy import Policy
from lead_router.domain.routing.tables import RoutingTables
from lead_router.domain.routing.urgency import LeadClass, class_of
from lead_router.domain.routing.worth import Worth, worth_of


@dataclass(frozen=True, slots=True)
class PricedLead:
    """A lead with all that is known of it before any rep is looked at."""

    lead: LeadSnapshot
    lead_class: LeadClass
    worth: Worth
    received_s: int
    waited_minutes: int


def in_order(leads: Iterable[LeadSnapshot], policy: Policy, tables: RoutingTables, now_s: int) -> list[PricedLead]:
    """The leads in the order of business: class, c·g(age) descending, received first, id.

    First in, first out would ruin value when demand exceeds capacity; waiting leads are looked at in the same order.
    """
    priced = [_priced(lead, policy, tables, now_s) for lead in leads]
    return sorted(priced, key=lambda lead: _place(lead, tables))


def _priced(lead: LeadSnapshot, policy: Policy, tables: RoutingTables, now_s: int) -> PricedLead:
    lead_class = class_of(lead, policy.priority, now_s)
    worth = worth_of(lead, lead_class, tables.worth, policy.worth)
    received_s = epoch_seconds(lead.received_at)
    return PricedLead(lead, lead_class, worth, received_s, max(0, now_s - received_s) // 60)


def _place(priced: PricedLead, tables: RoutingTables) -> tuple[int, int, int, str]:
    left = share_of(priced.worth.value, tables.decay.at(priced.waited_minutes))
    return priced.lead_class.rank, -left, priced.received_s, priced.lead.lead_id
