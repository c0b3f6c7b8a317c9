"""Genuine leads: an organisation, a person who wants something, and the way in which both were typed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final

from sample_company.arrivals import Arrival
from sample_company.catalogue import CATALOGUE, wanted_lines
from sample_company.contact_data import make_email, phone_as_typed
from sample_company.customers import TITLES
from sample_company.messages import Subject, write_message
from sample_company.model import Customer, Lead, Product, Segment
from sample_company.organisations import Organisation
from sample_company.origins import ExternalIds, draw_form, draw_signals, draw_source, draw_utm
from sample_company.person_names import PersonName
from sample_company.vocabulary import PRODUCT_LINES

_STAGES: Final = {
    Segment.KA: {"learning": 22, "comparing": 24, "budgeting": 22, "tendering": 14, "": 18},
    Segment.SMB: {"learning": 32, "comparing": 34, "budgeting": 6, "tendering": 4, "": 24},
}
_TECH: Final = {
    Segment.KA: {"domestic": 22, "imported": 26, "value": 10, "": 42},
    Segment.SMB: {"domestic": 20, "imported": 8, "value": 34, "": 38},
}
_TIERS_YUAN: Final = ((100_000, "under_100k"), (500_000, "100k_500k"), (2_000_000, "500k_2m"))
_TRIAL_PCT: Final = 7
_COMPARING_PCT: Final = 8


@dataclass(frozen=True, slots=True)
class Enquirer:
    """Who asks: a person at an organisation, who may be one of its known contacts. `email` may be empty."""

    organisation: Organisation
    name: str
    phone: str
    email: str
    customer_key: str | None


@dataclass(frozen=True, slots=True)
class Wish:
    """What the enquirer wants; `amount_hundredths` is what it would cost, whether or not the lead says so."""

    product: Product
    amount_hundredths: int
    purchase_stage: str
    tech_preference: str
    compares_competitors: bool
    trial_ends_at: datetime | None
    language: str


def make_lead(random: Random, key: str, arrival: Arrival, enquirer: Enquirer, external_ids: ExternalIds) -> Lead:
    """One lead with the gaps that people leave: about half name no amount, one in twelve no size class."""
    organisation, wish = enquirer.organisation, _draw_wish(random, enquirer.organisation, arrival)
    source = draw_source(random, arrival)
    utm_source, utm_medium, utm_campaign = draw_utm(random, source, wish.product.product_line, arrival.at.month)
    phone, email = _reachable_by(random, enquirer, source)
    return Lead(
        key=key,
        received_at=arrival.at,
        source=source,
        external_id=external_ids.next_for(source, arrival),
        company=_company_as_typed(random, organisation),
        person=_person_as_typed(random, enquirer),
        phone=phone,
        email=email,
        credit_code=organisation.credit_code if random.random() < 0.12 else "",
        city=organisation.place.city,
        region=organisation.place.region,
        industry=organisation.industry,
        segment=organisation.segment if random.random() < 0.92 else "",
        product_line=wish.product.product_line,
        product=wish.product.key if random.random() < 0.7 else "",
        language=wish.language,
        budget_tier=_budget_tier(wish.amount_hundredths) if random.random() < 0.7 else "",
        purchase_stage=wish.purchase_stage,
        tech_preference=wish.tech_preference,
        amount_hundredths=wish.amount_hundredths if random.random() < 0.55 else None,
        trial_ends_at=wish.trial_ends_at,
        compares_competitors=wish.compares_competitors,
        message=_message(random, organisation.industry, wish),
        utm_source=utm_source,
        utm_medium=utm_medium,
        utm_campaign=utm_campaign,
        attachment_types=_attachments(random, wish),
        form=draw_form(random, source),
        signals=draw_signals(random, source, compares_competitors=wish.compares_competitors),
        consents=("sales_contact", "marketing") if random.random() < 0.4 else ("sales_contact",),
        customer_key=enquirer.customer_key,
    )


def _message(random: Random, industry: str, wish: Wish) -> str:
    """A message about the wish; now and then it names the line only."""
    line = PRODUCT_LINES[wish.product.product_line]
    named = wish.product.name if random.random() < 0.75 else f"{line}产品"
    is_on_trial = wish.trial_ends_at is not None
    subject = Subject(industry, named, line, wish.purchase_stage, wish.compares_competitors, is_on_trial, wish.language)
    return write_message(random, subject)


def _draw_wish(random: Random, organisation: Organisation, arrival: Arrival) -> Wish:
    wanted = wanted_lines(organisation.industry, organisation.trade)
    line = random.choices(tuple(wanted), tuple(wanted.values()))[0]
    product = random.choice([product for product in CATALOGUE if product.product_line == line])
    stages, techs = _STAGES[organisation.segment], _TECH[organisation.segment]
    speaks_english = organisation.industry == "private_hospital" and organisation.place.city in {"上海", "苏州"}
    return Wish(
        product=product,
        amount_hundredths=_amount(random, product, organisation.segment),
        purchase_stage=random.choices(tuple(stages), tuple(stages.values()))[0],
        tech_preference=random.choices(tuple(techs), tuple(techs.values()))[0],
        compares_competitors=random.random() * 100 < _COMPARING_PCT,
        trial_ends_at=_trial_end(random, arrival) if line != "consumables" else None,
        language="en" if speaks_english and random.random() < 0.4 else "zh",
    )


def _amount(random: Random, product: Product, segment: Segment) -> int:
    """List price times a quantity, with the discount people have in mind, in whole thousands of yuan."""
    most = {Segment.KA: 6, Segment.SMB: 2}[segment] if product.list_price_hundredths < 20_000_000 else 1
    yuan = product.list_price_hundredths / 100 * random.randint(1, most) * random.uniform(0.82, 1.08)
    return max(1, round(yuan / 1000)) * 100_000


def _budget_tier(amount_hundredths: int) -> str:
    return next((tier for below, tier in _TIERS_YUAN if amount_hundredths < below * 100), "over_2m")


def _trial_end(random: Random, arrival: Arrival) -> datetime | None:
    """For few leads the end of a trial, half of them within 48 hours."""
    if random.random() * 100 >= _TRIAL_PCT:
        return None
    hours = random.randint(6, 46) if random.random() < 0.5 else random.randint(72, 14 * 24)
    return (arrival.at + timedelta(hours=hours)).replace(minute=0, second=0)


def _attachments(random: Random, wish: Wish) -> tuple[str, ...]:
    if wish.purchase_stage == "tendering" and random.random() < 0.4:
        return ("tender",)
    return ("requirements",) if random.random() < 0.06 else ()


def _reachable_by(random: Random, enquirer: Enquirer, source: str) -> tuple[str, str]:
    """Phone and e-mail as typed; at least one of the two, and from the hotline always the phone."""
    leaves_phone = source == "hotline" or random.random() < 0.93
    leaves_email = not leaves_phone or random.random() < 0.5
    phone = phone_as_typed(random, enquirer.phone) if leaves_phone or not enquirer.email else ""
    return phone, enquirer.email if leaves_email else ""


def _person_as_typed(random: Random, enquirer: Enquirer) -> str:
    title = random.choice(TITLES[enquirer.organisation.industry])
    called = enquirer.name[0] + ("主任" if title.endswith("主任") else random.choice(("经理", "老师", "医生", "总")))
    return random.choices((enquirer.name, called, ""), (80, 14, 6))[0]


def _company_as_typed(random: Random, organisation: Organisation) -> str:
    without_city = f"{organisation.brand}{organisation.trade}{organisation.legal_form}"
    return random.choices((organisation.name, organisation.short_name, without_city), (80, 16, 4))[0]


def known_enquirer(random: Random, organisation: Organisation, customer: Customer) -> Enquirer:
    """One of a customer's contacts."""
    contact = random.choice(customer.contacts)
    return Enquirer(organisation, contact.name, contact.phone, contact.email or "", customer.key)


def new_enquirer(random: Random, organisation: Organisation, name: PersonName, phone: str) -> Enquirer:
    """Someone of whom the company has not heard before."""
    return Enquirer(organisation, name.full, phone, make_email(random, name, organisation), None)
