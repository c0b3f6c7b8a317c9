"""What a lead is worth in average hands: expected amount × chance of a win × urgency."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from lead_router.domain.routing.fixed_point import MAX_WORTH, PPM, bounded, share_of
from lead_router.domain.routing.lead_snapshot import LeadSnapshot
from lead_router.domain.routing.policy import OTHER_SEGMENT, WorthDefaults
from lead_router.domain.routing.urgency import LeadClass

AMOUNT, SEGMENT_MEDIAN, DEFAULT = "AMOUNT", "SEGMENT_MEDIAN", "default"
"""Where the amount comes from, as the receipt says it."""


@dataclass(frozen=True, slots=True, eq=False)
class WorthTable:
    """What recent leads were worth. Published nightly; all amounts in hundredths."""

    version: int
    mean_worth: int
    """c̄: mean worth of the last 800 leads, at least 1. The ledger's tax is measured in it."""
    high_value_from: int
    """Worth from which the guard keeps a lead from novices."""
    median_amount: Mapping[str, int] = field(default_factory=dict)
    """By segment, of leads with a known amount."""

    @classmethod
    def before_evidence(cls, defaults: WorthDefaults) -> "WorthTable":
        """Until leads have come: the mean of the policy's typical leads; the best segment's typical lead is guarded."""
        rates = defaults.base_rate
        typical = [
            share_of(amount, rates.get(segment, rates[OTHER_SEGMENT]))
            for segment, amount in defaults.default_worth.items()
        ]
        return cls(0, max(1, sum(typical) // len(typical)), max(typical))

    @classmethod
    def published(
        cls,
        version: int,
        worths: Sequence[int],
        amounts: Mapping[str, Sequence[int]],
        high_value_top: int,
    ) -> "WorthTable":
        """From the last leads: their worths, the known amounts by segment, and the share to be guarded (ppm).

        Raises:
            ValueError: there are no worths.
        """
        if not worths:
            raise ValueError("a worth table needs at least one lead")
        ordered = sorted(worths)
        guarded = max(1, share_of(len(ordered), high_value_top))
        medians = {segment: sorted(known)[len(known) // 2] for segment, known in amounts.items() if known}
        return cls(version, max(1, sum(ordered) // len(ordered)), ordered[-guarded], medians)


class Worth(NamedTuple):
    """The worth of one lead, and what it was made of."""

    value: int
    amount: int
    amount_basis: str
    win_probability_ppm: int
    model: str
    """Name of the model, or `default` for the policy's base rate."""
    factor_ppm: int


def worth_of(lead: LeadSnapshot, lead_class: LeadClass, table: WorthTable, defaults: WorthDefaults) -> Worth:
    """The worth in hundredths, between 0 and `MAX_WORTH`."""
    amount, basis = _amount_of(lead, table, defaults)
    rates = defaults.base_rate
    chance, model = rates.get(lead.segment, rates[OTHER_SEGMENT]), DEFAULT
    if lead.win_probability_ppm is not None:
        chance, model = bounded(lead.win_probability_ppm, 0, PPM), lead.model
    value = share_of(share_of(bounded(amount, 0, MAX_WORTH), chance), lead_class.factor_ppm)
    return Worth(min(value, MAX_WORTH), amount, basis, chance, model, lead_class.factor_ppm)


def _amount_of(lead: LeadSnapshot, table: WorthTable, defaults: WorthDefaults) -> tuple[int, str]:
    if lead.amount is not None:
        return lead.amount, AMOUNT
    if lead.segment in table.median_amount:
        return table.median_amount[lead.segment], SEGMENT_MEDIAN
    amounts = defaults.default_worth
    return amounts.get(lead.segment, amounts[OTHER_SEGMENT]), DEFAULT
