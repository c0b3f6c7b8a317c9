"""Three leads that ask for the same thing in the same way and differ only in who asks: what a score must not see."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from random import Random
from typing import Final

from sample_company.arrivals import Arrival
from sample_company.contact_data import draw_phones
from sample_company.leads import make_lead, new_enquirer
from sample_company.model import Lead, SampleCompany
from sample_company.organisations import draw_organisations
from sample_company.origins import ExternalIds
from sample_company.person_names import draw_names

COUNT: Final = 3
_SOURCE, _STAGE = "referral", "tendering"


def equal_enquiries(company: SampleCompany) -> tuple[Lead, ...]:
    """`COUNT` leads by recommendation, at a tender, each of another organisation; the same for the same company."""
    random = Random(f"{company.seed} equal enquiries")
    organisations, names, phones = draw_organisations(random), draw_names(random), draw_phones(random)
    at = datetime.combine(company.start, time(10), company.zone) + timedelta(days=company.days)
    ids = ExternalIds(company.zone)
    drawn: list[Lead] = []
    asked: Lead | None = None
    while len(drawn) < COUNT:
        enquirer = new_enquirer(random, next(organisations), next(names), next(phones))
        lead = make_lead(random, "", Arrival(at, 10, is_fair=False), enquirer, ids)
        if asked is None and (lead.source, lead.purchase_stage) == (_SOURCE, _STAGE) and lead.phone:
            asked = replace(lead, email="", credit_code="", person=enquirer.name, trial_ends_at=None)
        where = enquirer.organisation
        if asked is not None and (where.industry, where.place.region) == (asked.industry, asked.region):
            number = len(drawn) + 1
            drawn.append(
                replace(
                    asked,
                    key=f"Q{number:05d}",
                    external_id=f"REF-EQUAL-{number}",
                    company=where.name,
                    city=where.place.city,
                    person=enquirer.name,
                    phone=enquirer.phone,
                )
            )
    return tuple(drawn)
