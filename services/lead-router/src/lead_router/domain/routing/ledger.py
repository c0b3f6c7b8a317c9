"""The fairness ledger in expected value (N-03): who is owed leads, in worth, exactly.

Every assignment of worth c debits the rep who got it and credits all present reps of the group by weight. It costs one
group row and one rep row, as the group keeps a counter of what one percent of weight has earned so far:

    units += (c·K + rest) // Σw          rest: what did not divide, carried to the next assignment
    balance = carried + w·(units − units_in)   while present, else carried

Σ balance + rest = 0 at every moment, in integers. K = `UNITS` ledger units are one hundredth of the currency, so with a
thousand full-time reps no more than one unit of the currency ever stands in the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from lead_router.domain.errors import EntryNotReversible
from lead_router.domain.ids import EntryId, GroupId, LeadId, RepId
from lead_router.domain.routing.fixed_point import PPM, bounded, share_of
from lead_router.domain.routing.rep_row import FULL_WEIGHT

UNITS = 1000
"""Ledger units in one hundredth of the currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAccount:
    """The row of a fairness group: a team, or the readers of a pool."""

    group_id: GroupId
    units: int = 0
    """Earned by one percent of weight since the beginning."""
    rest: int = 0
    """What is owed to everybody and divides among nobody yet; below 0 after a reversal."""
    weight_present: int = 0
    sequence: int = 0
    """Rises by one with every change; the receipt tells which one it saw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepAccount:
    """A rep's columns of the ledger."""

    rep_id: RepId
    group_id: GroupId
    carried: int = 0
    units_in: int = 0
    weight_pct: int = FULL_WEIGHT
    is_present: bool = False

    def balance(self, group: GroupAccount) -> int:
        """What the rep is owed, in ledger units; below 0 is what the rep owes."""
        if not self.is_present:
            return self.carried
        return self.carried + self.weight_pct * (group.units - self.units_in)


class EntryKind(StrEnum):
    CREDIT = "credit"
    """A lead was given to the rep."""
    REVERSAL = "reversal"
    """It was taken away again: re-routed, merged, returned to a pool, declined for an accepted reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One line of the ledger, never changed afterwards."""

    entry_id: EntryId
    group_id: GroupId
    rep_id: RepId
    lead_id: LeadId
    kind: EntryKind
    worth: int
    """Counted for the lead, in hundredths; less than its worth for an override."""
    is_override: bool = False
    """A person or a standing owner decided, not the ranking."""
    reverses: EntryId | None = None
    sequence: int = 0
    """The group's sequence after the entry."""


@dataclass(frozen=True, slots=True)
class Posting:
    """Both rows after an entry, and the entry."""

    group: GroupAccount
    rep: RepAccount
    entry: LedgerEntry


def credit(
    group: GroupAccount,
    rep: RepAccount,
    *,
    worth: int,
    lead_id: LeadId,
    entry_id: EntryId,
    is_override: bool = False,
) -> Posting:
    """A lead of that worth, in hundredths, was given to the rep; everybody present earns a share of it.

    With nobody present the whole of it stays in the rest until somebody is.
    """
    earned, rest = earned_by_weight(worth, group.rest, group.weight_present)
    group = replace(group, units=group.units + earned, rest=rest, sequence=group.sequence + 1)
    rep = replace(rep, carried=rep.carried - worth * UNITS)
    entry = LedgerEntry(
        entry_id=entry_id,
        group_id=group.group_id,
        rep_id=rep.rep_id,
        lead_id=lead_id,
        kind=EntryKind.CREDIT,
        worth=worth,
        is_override=is_override,
        sequence=group.sequence,
    )
    return Posting(group, rep, entry)


def earned_by_weight(worth: int, rest: int, weight_present: int) -> tuple[int, int]:
    """What one percent of weight earns by a lead, and the new rest.

    Never below 0: after a reversal the rest is, and it is then filled up before anybody earns, so what others have
    earned by the lead that was taken away stays with them and is not earned twice.
    """
    amount = worth * UNITS + rest
    earned = max(0, amount // weight_present) if weight_present else 0
    return earned, amount - earned * weight_present


def reverse(group: GroupAccount, rep: RepAccount, *, first: LedgerEntry, entry_id: EntryId) -> Posting:
    """Takes a credit back: the rep no longer pays for the lead, what others earned by it stays.

    That an entry is reversed once only is for the table of entries to hold, by a unique `reverses`.

    Raises:
        EntryNotReversible: it is a reversal itself, or of another rep.
    """
    if first.kind is not EntryKind.CREDIT:
        raise EntryNotReversible(first.entry_id, "it is a reversal")
    if first.rep_id != rep.rep_id or first.group_id != group.group_id:
        raise EntryNotReversible(first.entry_id, f"it is not of {rep.rep_id} in {group.group_id}")
    amount = first.worth * UNITS
    group = replace(group, rest=group.rest - amount, sequence=group.sequence + 1)
    rep = replace(rep, carried=rep.carried + amount)
    entry = replace(first, entry_id=entry_id, kind=EntryKind.REVERSAL, reverses=first.entry_id, sequence=group.sequence)
    return Posting(group, rep, entry)


def set_presence(group: GroupAccount, rep: RepAccount, is_present: bool) -> tuple[GroupAccount, RepAccount]:
    """Shift start or end, leave, pause: the balance is settled and stands still while away. Idempotent."""
    rep = settled(group, rep)
    change = (int(is_present) - int(rep.is_present)) * rep.weight_pct
    if not change:
        return group, rep
    group = replace(group, weight_present=group.weight_present + change, sequence=group.sequence + 1)
    return group, replace(rep, is_present=is_present)


def set_weight(group: GroupAccount, rep: RepAccount, weight_pct: int) -> tuple[GroupAccount, RepAccount]:
    """Part-time, or another day of the ramp: what was earned so far was earned by the old weight."""
    rep = settled(group, rep)
    if rep.is_present:
        change = weight_pct - rep.weight_pct
        group = replace(group, weight_present=group.weight_present + change, sequence=group.sequence + 1)
    return group, replace(rep, weight_pct=weight_pct)


def settled(group: GroupAccount, rep: RepAccount) -> RepAccount:
    """The same balance with nothing left to earn from the past."""
    return replace(rep, carried=rep.balance(group), units_in=group.units)


def remove(group: GroupAccount, rep: RepAccount) -> GroupAccount:
    """The rep leaves for good: the balance goes to those present by weight, or waits in the rest for them."""
    group, rep = set_presence(group, rep, is_present=False)
    amount = rep.carried + group.rest
    shared = amount // group.weight_present if group.weight_present else 0
    rest = amount - shared * group.weight_present
    return replace(group, units=group.units + shared, rest=rest, sequence=group.sequence + 1)


def fade_group(
    group: GroupAccount, reps: Sequence[RepAccount], *, keep_ppm: int, bound: int | None = None
) -> tuple[GroupAccount, list[RepAccount]]:
    """The night: all balances of the group fade, absent reps' too, and the rounding goes into the rest.

    Args:
        reps: all reps of the group.
        keep_ppm: what one night leaves, see `kept_overnight`.
        bound: no balance may be further from 0, in ledger units; None for no bound.
    """
    rest, faded = group.rest, []
    for rep in reps:
        before = rep.balance(group)
        after = share_of(before, keep_ppm)
        if bound is not None:
            after = bounded(after, -bound, bound)
        rest += before - after
        faded.append(replace(rep, carried=after, units_in=group.units))
    return replace(group, rest=rest, sequence=group.sequence + 1), faded


def kept_overnight(half_life_days: int) -> int:
    """What one night leaves of a balance that halves in so many days, in parts per million."""
    keep: float = 0.5 ** (1 / half_life_days)
    return round(PPM * keep)
