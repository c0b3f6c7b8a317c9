"""Makes the sample company from a seed: the same seed, start and count give the same company on any machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from chassis.chinese_holidays import CalendarDay, chinese_holidays, published_years
from sample_company.arrivals import Arrival, Month, draw_arrivals
from sample_company.behaviour import make_plan
from sample_company.catalogue import CATALOGUE, LINES
from sample_company.contact_data import draw_phones
from sample_company.credit_code import make_credit_code
from sample_company.customers import make_customers
from sample_company.duplicates import make_duplicate
from sample_company.faulty_leads import spoil
from sample_company.leads import Enquirer, known_enquirer, make_lead, new_enquirer
from sample_company.model import Customer, Fault, Lead, SampleCompany
from sample_company.organisations import MOST, Organisation, draw_organisations
from sample_company.origins import ExternalIds
from sample_company.person_names import PersonName, draw_names
from sample_company.reps import make_reps, make_territories
from sample_company.shift_plans import OFFICE
from sample_company.staff import make_staff

NAME: Final = "杭州衡岳医疗器械有限公司"
ZONE: Final = ZoneInfo("Asia/Shanghai")
DAYS: Final = 30
CUSTOMERS: Final = 600
MOST_LEADS: Final = MOST - CUSTOMERS
DUPLICATE_SHARE: Final = 0.06
FAULTY_SHARE: Final = 0.004
_FROM_CUSTOMERS_SHARE: Final = 0.12
_SETTLED: Final = 20  # leads that come before the first duplicate, so that there is something to repeat


def generate(*, start: date, seed: int = 20260301, leads: int = 2000) -> SampleCompany:
    """The company with a month of leads from `start` on, a date in its own zone.

    Each kind of thing has a stream of random numbers of its own, so that a change of one leaves the others alone.

    Raises:
        ValueError: `leads` is not between 1 and `MOST_LEADS`; each needs an organisation with a name of its own.
    """
    if not 1 <= leads <= MOST_LEADS:
        message = f"The number of leads must lie between 1 and {MOST_LEADS}, not {leads}."
        raise ValueError(message)
    calendar, missing = _calendar(start)
    staff = make_staff(_stream(seed, "staff"))
    territories = make_territories(staff.reps_of)
    organisations = draw_organisations(_stream(seed, "organisations"))
    names, phones = draw_names(_stream(seed, "names")), draw_phones(_stream(seed, "phones"))
    known = tuple(next(organisations) for _ in range(CUSTOMERS))
    customers = make_customers(
        _stream(seed, "customers"),
        known,
        names=names,
        phones=phones,
        reps_of=staff.reps_of,
        territories=territories,
        start=start,
    )
    month = Month(start, DAYS, ZONE, {day.date: day.kind for day in calendar})
    arrivals = draw_arrivals(_stream(seed, "arrivals"), leads, month)
    market = _Market(_stream(seed, "market"), list(zip(customers, known, strict=True)), organisations, names, phones)
    made = _make_leads(_stream(seed, "leads"), arrivals, market)
    return SampleCompany(
        seed=seed,
        start=start,
        days=DAYS,
        name=NAME,
        credit_code=make_credit_code(_stream(seed, "company"), "330199", is_public=False),
        zone=ZONE,
        week=OFFICE,
        calendar=calendar,
        years_without_holidays=missing,
        teams=staff.teams,
        people=staff.people,
        reps=make_reps(_stream(seed, "reps"), staff.reps_of, start, ZONE),
        territories=territories,
        product_lines=LINES,
        products=CATALOGUE,
        customers=customers,
        leads=made,
        plans=tuple(make_plan(seed, lead) for lead in made if lead.duplicate_of is None and lead.fault is None),
    )


def _stream(seed: int, topic: str) -> Random:
    return Random(f"{seed} {topic}")


def _calendar(start: date) -> tuple[tuple[CalendarDay, ...], tuple[int, ...]]:
    """Public holidays of the years that deadlines of the month may touch, and which of them are not published."""
    wanted = {(start - timedelta(days=60)).year, start.year, (start + timedelta(days=DAYS + 120)).year}
    known = wanted.intersection(published_years())
    return chinese_holidays(known), tuple(sorted(wanted - known))


@dataclass(slots=True)
class _Market:
    """Who may ask next; every organisation asks once, so that what repeats is a duplicate on purpose."""

    random: Random
    customers: list[tuple[Customer, Organisation]]
    strangers: Iterator[Organisation]
    names: Iterator[PersonName]
    phones: Iterator[str]

    def __post_init__(self) -> None:
        self.random.shuffle(self.customers)

    def next_enquirer(self) -> Enquirer:
        if self.customers and self.random.random() < _FROM_CUSTOMERS_SHARE:
            customer, organisation = self.customers.pop()
            return known_enquirer(self.random, organisation, customer)
        return new_enquirer(self.random, next(self.strangers), next(self.names), next(self.phones))


def _make_leads(random: Random, arrivals: tuple[Arrival, ...], market: _Market) -> tuple[Lead, ...]:
    external_ids = ExternalIds(ZONE)
    repeated, spoilt = _draw_places(random, len(arrivals))
    genuine: list[tuple[Lead, Organisation]] = []
    leads: list[Lead] = []
    for place, arrival in enumerate(arrivals):
        key = f"L{place + 1:05d}"
        if place in repeated:
            original, organisation = _earlier(random, genuine)
            leads.append(
                make_duplicate(
                    random, key, arrival, original=original, organisation=organisation, external_ids=external_ids
                )
            )
            continue
        enquirer = market.next_enquirer()
        lead = make_lead(random, key, arrival, enquirer, external_ids)
        if place in spoilt:
            leads.append(spoil(lead, spoilt[place]))
            continue
        genuine.append((lead, enquirer.organisation))
        leads.append(lead)
    return tuple(leads)


def _earlier(random: Random, genuine: list[tuple[Lead, Organisation]]) -> tuple[Lead, Organisation]:
    """Mostly one that came in lately: about 150 leads are two days."""
    back = 1 + int(random.expovariate(1 / 150))
    return genuine[-back] if back <= len(genuine) else random.choice(genuine)


def _draw_places(random: Random, count: int) -> tuple[frozenset[int], dict[int, Fault]]:
    """Which of the leads are duplicates, and which are faulty with which fault; never one of the first few."""
    duplicates, faulty = round(count * DUPLICATE_SHARE), round(count * FAULTY_SHARE)
    free = range(min(_SETTLED, count // 4), count)
    drawn = random.sample(free, min(len(free), duplicates + faulty))
    faults = tuple(Fault)
    spoilt = {place: faults[number % len(faults)] for number, place in enumerate(drawn[duplicates:])}
    return frozenset(drawn[:duplicates]), spoilt
