"""Public pools 公海: who may claim what and when, and which owned leads fall back into one."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from lead_router.domain.errors import PoolCoolDown, PoolNotOpen, ProtectionUsedUp
from lead_router.domain.ids import LeadId, PoolId, RepId
from lead_router.domain.lead import Lead
from lead_router.domain.lead_ending import LeadQuality
from lead_router.domain.lead_state import LeadState

CONTRACT_END = "contract_ends_on"
"""Custom field of a lead with the last day of the contract that its customer has now, as `YYYY-MM-DD`."""


class PoolCause(StrEnum):
    """Why a lead came into a pool."""

    FALLBACK = "FALLBACK"
    """The policy puts leads there that nobody can have."""
    RETURNED = "RETURNED"
    """A person put it there."""
    RECYCLED = "RECYCLED"
    """A recycle rule took it from its owner."""
    ROTATED = "ROTATED"
    """Nobody claimed it in another pool."""


class RecycleAfter(StrEnum):
    """From when on the days of a rule count."""

    SILENCE = "silence"
    OWNERSHIP = "ownership"
    CONTRACT_END = "contract_end"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecycleRule:
    """Which owned leads fall into a pool, and when. An empty set does not narrow."""

    id: str
    after: RecycleAfter
    days: int
    grades: frozenset[LeadQuality] = frozenset()
    product_lines: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()

    def holds_for(self, lead: Lead) -> bool:
        """Whether the rule speaks of such leads."""
        profile = lead.details.profile
        return (
            (not self.grades or lead.quality in self.grades)
            and (not self.product_lines or profile.product_line in self.product_lines)
            and (not self.segments or profile.segment in self.segments)
        )

    def due_at(self, lead: Lead) -> datetime | None:
        """When its days have passed, protection left aside; None where there is nothing to count from."""
        since = self._since(lead)
        return None if since is None else since + timedelta(days=self.days)

    def _since(self, lead: Lead) -> datetime | None:
        owned_since = lead.standing.assigned_at
        if owned_since is None:
            return None
        if self.after is RecycleAfter.OWNERSHIP:
            return owned_since
        if self.after is RecycleAfter.SILENCE:
            return max(owned_since, lead.clocks.last_follow_up_at or owned_since)
        return _end_of_contract(lead)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolRules:
    """The rules of one pool; a limit of 0 is none."""

    name: str
    team_ids: frozenset[str] = frozenset()
    """Whose reps may claim; empty for all."""
    claims_per_day: int = 0
    views_per_day: int = 0
    cool_down_days: int = 0
    protection_days: int = 0
    extension_days: int = 0
    most_extensions: int = 0
    newcomer_hours: int = 0
    """For which newcomers alone may claim what came in (LR-16)."""
    newcomer_days: int = 0
    rotate_after_days: int = 0
    next_pool_id: PoolId | None = None
    recycle_rules: tuple[RecycleRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Recycling:
    """That a lead falls into a pool, by which rule and when."""

    pool_id: PoolId
    rule_id: str
    due_at: datetime


@dataclass(slots=True, kw_only=True)
class Pool:
    """A pool with its rules."""

    id: PoolId
    rules: PoolRules
    version: int = 1
    leads: int = field(default=0, compare=False)
    """How many are in it, where that was counted."""

    def require_open_to(self, *, team_id: str, joined_at: datetime | None, pooled_at: datetime, at: datetime) -> None:
        """Refuses a rep of another team, and for the first hours all but newcomers.

        Args:
            joined_at: since when the rep is there; None counts as long ago.
        Raises:
            PoolNotOpen: says which of both.
        """
        rules = self.rules
        if rules.team_ids and team_id not in rules.team_ids:
            raise PoolNotOpen(self.id, "it is of other teams")
        if at < pooled_at + timedelta(hours=rules.newcomer_hours):
            is_newcomer = joined_at is not None and at - joined_at < timedelta(days=rules.newcomer_days)
            if not is_newcomer:
                raise PoolNotOpen(self.id, f"newcomers come first for {rules.newcomer_hours} h")

    def require_cooled_down(self, lead_id: LeadId, *, left_at: datetime | None, at: datetime) -> None:
        """Refuses a rep who had the lead and left it too short a time ago; raises `PoolCoolDown`."""
        if left_at is None:
            return
        until = left_at + timedelta(days=self.rules.cool_down_days)
        if at < until:
            raise PoolCoolDown(lead_id, until)

    def recycles(self, lead: Lead) -> Recycling | None:
        """When the lead falls into this pool by the first of its rules that is due; None where none holds for it."""
        owned_since = lead.standing.assigned_at
        if lead.state is not LeadState.ASSIGNED or owned_since is None:
            return None
        rules = self.rules
        days = rules.protection_days + lead.standing.extensions * rules.extension_days
        protected_until = owned_since + timedelta(days=days)
        dues = [
            (due_at, rule.id)
            for rule in rules.recycle_rules
            if rule.holds_for(lead) and (due_at := rule.due_at(lead)) is not None
        ]
        if not dues:
            return None
        due_at, rule_id = min(dues)
        return Recycling(self.id, rule_id, max(due_at, protected_until))

    def rotates_at(self, pooled_at: datetime) -> datetime | None:
        """When a lead that nobody claims goes on to the next pool; None where it stays."""
        rules = self.rules
        if not rules.rotate_after_days or rules.next_pool_id is None:
            return None
        return pooled_at + timedelta(days=rules.rotate_after_days)


def next_recycling(pools: Iterable[Pool], lead: Lead) -> Recycling | None:
    """The earliest over all pools; of equally early ones that of the pool with the smaller id."""
    found = [recycling for pool in pools if (recycling := pool.recycles(lead)) is not None]
    return min(found, key=lambda one: (one.due_at, one.pool_id), default=None)


def require_extendable(pools: Iterable[Pool], lead: Lead) -> Recycling:
    """The pool that the lead would fall into next, whose rules say how often the owner may put that off.

    Raises:
        ProtectionUsedUp: as often as allowed, or no rule threatens the lead, so that there is nothing to put off.
    """
    by_id = {pool.id: pool for pool in pools}
    threat = next_recycling(by_id.values(), lead)
    most = by_id[threat.pool_id].rules.most_extensions if threat else 0
    if threat is None or lead.standing.extensions >= most:
        raise ProtectionUsedUp(lead.id, most)
    return threat


@dataclass(frozen=True, slots=True)
class Departure:
    """That a rep left a lead to a pool."""

    lead_id: LeadId
    rep_id: RepId
    left_at: datetime


def _end_of_contract(lead: Lead) -> datetime | None:
    """The end of that day in UTC, as rules count whole days; None where the field is missing or is no date."""
    try:
        day = date.fromisoformat(lead.details.custom.get(CONTRACT_END, ""))
    except ValueError:
        return None
    return datetime.combine(day, time(), UTC) + timedelta(days=1)
