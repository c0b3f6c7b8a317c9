"""The plan of what happens to each lead once it is assigned: when it is followed up, with what words, to what end.

The plan knows the lead and nothing of its owner. Chances follow what the product is meant to notice: sources differ in
quality, urgent leads are answered sooner and convert more, and conversion fades with the delay of the first answer, by
1.9 % at one hour and 12.4 % at six, while the words of a follow-up betray whether work was done.
"""

from __future__ import annotations

import math
from datetime import timedelta
from random import Random
from typing import Final

from sample_company.catalogue import CATALOGUE
from sample_company.follow_up_texts import ABOUT_TAG, CHANNELS, CLOSING, EMPTY, FIRST, LATER, NEXT_ACTIONS
from sample_company.messages import RIVALS
from sample_company.model import Channel, FollowUpTag, Lead, LeadPlan, Outcome, Pace, PlannedFollowUp, Segment
from sample_company.vocabulary import CLOSE_REASONS, INDUSTRIES, INTENT_LEVELS, PRODUCT_LINES

_PACES: Final = {Pace.AT_ONCE: 33, Pace.IN_TIME: 30, Pace.SLOW: 23, Pace.LATE: 7, Pace.SILENT: 7}
_URGENT_PACES: Final = {Pace.AT_ONCE: 55, Pace.IN_TIME: 30, Pace.SLOW: 10, Pace.LATE: 3, Pace.SILENT: 2}
_MINUTES: Final = {
    Pace.AT_ONCE: (3, 30), Pace.IN_TIME: (31, 119), Pace.SLOW: (121, 1439), Pace.LATE: (1441, 2860),
}  # fmt: skip
_SILENT_FOR_EVER_PCT: Final = 40
_EMPTY_PCT: Final = 14
_COUNTS: Final = (38, 30, 18, 10, 4)  # how many in a hundred leads get one to five follow-ups
_COUNTS_CONVERTED: Final = (12, 25, 30, 22, 11)
_QUALITY: Final = {"referral": 1.45, "hotline": 1.2, "website": 1.0, "expo": 0.85, "wechat": 0.8, "baidu": 0.75}
_STAGE_LIFT: Final = {"tendering": 1.35, "budgeting": 1.2, "comparing": 1.1, "learning": 0.7, "": 0.9}
_BASE_CONVERSION: Final = 0.44
_BASE_WIN: Final = 0.34
_PRODUCT_NAMES: Final = {product.key: product.name for product in CATALOGUE}


def make_plan(seed: int, lead: Lead) -> LeadPlan:
    """The plan of a lead that is neither a duplicate nor faulty; the same for the same lead in any company."""
    random = Random(f"{seed} plan of {lead.key}")
    pace = _draw_pace(random, lead)
    first_after = _first_after(random, pace)
    chance = _conversion_chance(lead, first_after)
    outcome = _draw_outcome(random, chance, is_silent=first_after is None)
    follow_ups = _follow_ups(random, lead, first_after, outcome)
    reason = _close_reason(random, follow_ups) if outcome is Outcome.CLOSED else ""
    if reason and follow_ups:
        follow_ups = (*follow_ups, _closing(random, lead, follow_ups, reason))
    outcome_after = None
    if outcome is not Outcome.OPEN:
        last = follow_ups[-1].after if follow_ups else timedelta(days=8)
        outcome_after = last + timedelta(minutes=random.randint(5, 2 * 1440))
    is_won, deal_after = _deal(random, lead) if outcome is Outcome.CONVERTED else (None, None)
    return LeadPlan(
        lead_key=lead.key,
        pace=pace,
        follow_ups=follow_ups,
        outcome=outcome,
        outcome_after=outcome_after,
        close_reason=reason,
        quality_rating=None if outcome is Outcome.OPEN else _rating(random, outcome, reason),
        is_won=is_won,
        deal_after=deal_after,
        deal_amount_hundredths=_deal_amount(random, lead) if is_won else None,
    )


def delay_factor(delay: timedelta) -> float:
    """Share of the chance to convert that is left after so long: 0.981 at one hour, 0.876 at six, at least 0.35."""
    return max(0.35, math.exp(-0.01918 * (delay / timedelta(hours=1)) ** 1.078))


def is_urgent(lead: Lead) -> bool:
    """A trial that ends within 48 hours of the arrival, or a comparison with competitors."""
    ends_soon = lead.trial_ends_at is not None and lead.trial_ends_at - lead.received_at <= timedelta(hours=48)
    return ends_soon or lead.compares_competitors


def _draw_pace(random: Random, lead: Lead) -> Pace:
    paces = _URGENT_PACES if is_urgent(lead) else _PACES
    return random.choices(tuple(paces), tuple(paces.values()))[0]


def _first_after(random: Random, pace: Pace) -> timedelta | None:
    if pace is not Pace.SILENT:
        return timedelta(minutes=random.randint(*_MINUTES[pace]), seconds=random.randrange(60))
    if random.random() * 100 < _SILENT_FOR_EVER_PCT:
        return None
    return timedelta(minutes=random.randint(2881, 7200))


def _conversion_chance(lead: Lead, first_after: timedelta | None) -> float:
    if first_after is None:
        return 0.0
    lift = _QUALITY[lead.source] * _STAGE_LIFT[lead.purchase_stage] * (1.15 if is_urgent(lead) else 1.0)
    return min(0.9, _BASE_CONVERSION * lift * delay_factor(first_after))


def _draw_outcome(random: Random, chance: float, *, is_silent: bool) -> Outcome:
    if random.random() < chance:
        return Outcome.CONVERTED
    return Outcome.CLOSED if random.random() < (0.25 if is_silent else 0.6) else Outcome.OPEN


def _follow_ups(
    random: Random, lead: Lead, first_after: timedelta | None, outcome: Outcome
) -> tuple[PlannedFollowUp, ...]:
    if first_after is None:
        return ()
    weights = _COUNTS_CONVERTED if outcome is Outcome.CONVERTED else _COUNTS
    count = random.choices(range(1, 6), weights)[0]
    after, planned = first_after, []
    for place in range(1, count + 1):
        planned.append(_follow_up(random, lead, place, after, outcome))
        after += timedelta(days=random.randint(1, 4), minutes=random.randint(-240, 240))
    return tuple(planned)


def _follow_up(random: Random, lead: Lead, place: int, after: timedelta, outcome: Outcome) -> PlannedFollowUp:
    """The first contact is never in person, and an empty record claims a call or a chat."""
    is_empty = random.random() * 100 < _EMPTY_PCT
    texts = EMPTY if is_empty else FIRST if place == 1 else LATER
    channel = random.choices(tuple(texts), [CHANNELS[channel] for channel in texts])[0]
    tags = () if is_empty else _tags(random, lead)
    next_action = "" if is_empty or random.random() < 0.2 else random.choice(NEXT_ACTIONS)
    intents = (38, 47, 15) if outcome is Outcome.CONVERTED else (10, 50, 40)
    return PlannedFollowUp(
        key=f"{lead.key}-F{place}",
        after=after,
        channel=channel,
        summary=_filled(random, random.choice(texts[channel]) + "".join(ABOUT_TAG[tag] for tag in tags), lead),
        tags=tags,
        intent_level=random.choices(tuple(INTENT_LEVELS), intents)[0],
        next_action=next_action,
        next_action_after=timedelta(days=random.randint(1, 5)) if next_action else None,
        is_effective=bool(next_action) and random.random() < 0.85,
    )


def _closing(random: Random, lead: Lead, before: tuple[PlannedFollowUp, ...], reason: str) -> PlannedFollowUp:
    """The last word before the lead is closed."""
    after = before[-1].after + timedelta(days=random.randint(1, 6), minutes=random.randint(-240, 240))
    channel = Channel.PHONE if reason == "unreachable" else random.choice((Channel.PHONE, Channel.CHAT))
    text = _filled(random, CLOSING[reason], lead)
    tags = {"price": (FollowUpTag.PRICE_OBJECTION,), "competitor": (FollowUpTag.COMPETITOR_COMPARISON,)}.get(reason, ())
    return PlannedFollowUp(
        f"{lead.key}-F{len(before) + 1}", after, channel, text, tags, "low", "", None, is_effective=False
    )


def _tags(random: Random, lead: Lead) -> tuple[FollowUpTag, ...]:
    """None to two of the five; a lead that compares competitors shows it."""
    drawn = set(random.sample(tuple(FollowUpTag), random.choices((0, 1, 2), (45, 42, 13))[0]))
    if lead.compares_competitors and random.random() < 0.6:
        drawn.add(FollowUpTag.COMPETITOR_COMPARISON)
    return tuple(tag for tag in FollowUpTag if tag in drawn)


def _filled(random: Random, text: str, lead: Lead) -> str:
    return text.format(
        person=lead.person or "对方",
        product=_PRODUCT_NAMES.get(lead.product, f"{PRODUCT_LINES[lead.product_line]}产品"),
        industry=INDUSTRIES[lead.industry],
        rival=random.choice(RIVALS),
    )


def _close_reason(random: Random, follow_ups: tuple[PlannedFollowUp, ...]) -> str:
    """Nobody says no to a rep who never called; else the tags hint at the reason."""
    if not follow_ups:
        return "no_demand" if random.random() < 0.5 else "cancelled"
    weights = dict.fromkeys(CLOSE_REASONS, 10) | {"unreachable": 22, "no_demand": 18}
    tags = {tag for follow_up in follow_ups for tag in follow_up.tags}
    hints = {"price": FollowUpTag.PRICE_OBJECTION, "competitor": FollowUpTag.COMPETITOR_COMPARISON,
             "no_budget": FollowUpTag.BUDGET_OPEN}  # fmt: skip
    weights |= {reason: 40 for reason, tag in hints.items() if tag in tags}
    return random.choices(tuple(weights), tuple(weights.values()))[0]


def _rating(random: Random, outcome: Outcome, reason: str) -> int:
    """Sales rates the lead from 1 to 5 when it ends 质量反向评价."""
    if outcome is Outcome.CONVERTED:
        return random.choices((3, 4, 5), (20, 45, 35))[0]
    return (
        random.choices((1, 2), (60, 40))[0] if reason in {"unreachable", "no_demand"} else random.choice((2, 3, 3, 4))
    )


def _deal(random: Random, lead: Lead) -> tuple[bool, timedelta]:
    """Whether the opportunity is won, and how long after the conversion that is known; key accounts take months."""
    is_key_account = lead.segment == Segment.KA
    days = random.lognormvariate(math.log(60 if is_key_account else 14), 0.5)
    return random.random() < _BASE_WIN * (0.85 if is_key_account else 1.1), timedelta(days=round(days), hours=3)


def _deal_amount(random: Random, lead: Lead) -> int:
    """What is signed: the amount asked for less a discount; a guess from the line where none was named."""
    prices = [product.list_price_hundredths for product in CATALOGUE if product.product_line == lead.product_line]
    asked = lead.amount_hundredths if lead.amount_hundredths is not None else random.choice(prices)
    return max(1, round(asked * random.uniform(0.82, 0.98) / 100_000)) * 100_000
