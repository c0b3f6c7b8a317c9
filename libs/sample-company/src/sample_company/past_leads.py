"""Leads of the year before, with what became of them: what a company finds in its old system and can learn from.

They follow the same rules as the leads of the month, so that what is learned from them holds for those: referrals beat
advertisements, tenders beat mere interest, and chance has the last word.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from sample_company.arrivals import Month, draw_arrivals
from sample_company.behaviour import make_plan
from sample_company.contact_data import draw_phones
from sample_company.leads import make_lead, new_enquirer
from sample_company.model import Lead, Outcome, SampleCompany
from sample_company.organisations import draw_organisations
from sample_company.origins import ExternalIds
from sample_company.person_names import draw_names

MOST_PAST_LEADS: Final = 1600
_DAYS: Final = 365
_DECIDED_BEFORE: Final = timedelta(days=180)
"""Between the last of them and the month: the deals of key accounts take so long."""


@dataclass(frozen=True, slots=True)
class PastLead:
    """A lead as it was when it came, and whether its organisation became a customer in the end."""

    lead: Lead
    is_won: bool


def past_leads(company: SampleCompany, count: int = MOST_PAST_LEADS) -> tuple[PastLead, ...]:
    """so many leads of an earlier year, the oldest first; the same for the same company.

    Raises:
        ValueError: `count` is not between 1 and `MOST_PAST_LEADS`.
    """
    if not 1 <= count <= MOST_PAST_LEADS:
        message = f"The number of past leads must lie between 1 and {MOST_PAST_LEADS}, not {count}."
        raise ValueError(message)
    random = Random(f"{company.seed} past leads")
    begin: date = company.start - _DECIDED_BEFORE - timedelta(days=_DAYS)
    month = Month(begin, _DAYS, company.zone, {day.date: day.kind for day in company.calendar})
    organisations = draw_organisations(random)
    names, phones = draw_names(random), draw_phones(random)
    external_ids = ExternalIds(company.zone)
    leads = (
        make_lead(
            random,
            f"P{place:05d}",
            arrival,
            new_enquirer(random, next(organisations), next(names), next(phones)),
            external_ids,
        )
        for place, arrival in enumerate(draw_arrivals(random, count, month), start=1)
    )
    return tuple(PastLead(lead, make_plan(company.seed, lead).outcome is Outcome.CONVERTED) for lead in leads)
