"""Leads look like those of a real month, and what repeats or is faulty does so on purpose."""

from __future__ import annotations

import unicodedata
from collections import Counter
from datetime import timedelta
from random import Random

import phonenumbers
from email_validator import validate_email

from sample_company import SampleCompany
from sample_company.contact_data import looks_made_up
from sample_company.model import Fault, Lead, Perturbation, Segment
from sample_company.organisations import MOST, draw_organisations
from sample_company.vocabulary import INDUSTRIES, PRODUCT_LINES, SOURCES


def number_of(phone: str) -> str:
    return phonenumbers.format_number(phonenumbers.parse(phone, "CN"), phonenumbers.PhoneNumberFormat.E164)


def genuine(company: SampleCompany) -> list[Lead]:
    return [lead for lead in company.leads if lead.duplicate_of is None and lead.fault is None]


def test_there_are_2000_leads_in_order_of_arrival(company: SampleCompany) -> None:
    times = [lead.received_at for lead in company.leads]

    assert [lead.key for lead in company.leads] == [f"L{number:05d}" for number in range(1, 2001)]
    assert times == sorted(set(times))


def test_every_phone_is_a_valid_mobile_number_of_the_block_that_nobody_has(company: SampleCompany) -> None:
    phones = [lead.phone for lead in company.leads if lead.phone]
    phones += [contact.phone for customer in company.customers for contact in customer.contacts]

    for phone in phones:
        number = phonenumbers.parse(phone, "CN")
        assert phonenumbers.is_valid_number(number)
        assert phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
        assert str(number.national_number).startswith("1349")
        assert not looks_made_up(str(number.national_number))


def test_every_address_is_well_formed_in_a_domain_reserved_for_examples(company: SampleCompany) -> None:
    addresses = [lead.email for lead in company.leads if lead.email]

    for address in addresses:
        domain = validate_email(address, check_deliverability=False).domain
        assert domain == "mail.example.com" or domain.endswith(".example")
    assert 0.4 < len(addresses) / len(company.leads) < 0.65


def test_no_two_genuine_leads_share_company_phone_address_or_external_id(company: SampleCompany) -> None:
    for field in ("company", "phone", "external_id"):
        values = Counter(getattr(lead, field) for lead in genuine(company))
        assert [value for value, count in values.items() if value and count > 1] == []
    domains = Counter(lead.email.partition("@")[2] for lead in genuine(company) if lead.email)
    assert [domain for domain, count in domains.items() if count > 1] == ["mail.example.com"]


def test_about_six_in_a_hundred_repeat_an_earlier_lead(company: SampleCompany) -> None:
    leads = {lead.key: lead for lead in company.leads}
    duplicates = [lead for lead in company.leads if lead.duplicate_of]

    assert len(duplicates) == 120
    for duplicate in duplicates:
        original = leads[duplicate.duplicate_of or ""]
        assert original.received_at < duplicate.received_at
        assert original.duplicate_of is None
        assert original.fault is None


def test_a_duplicate_shares_a_strong_identity_with_its_original(company: SampleCompany) -> None:
    leads = {lead.key: lead for lead in company.leads}

    for duplicate in company.leads:
        if duplicate.duplicate_of is None:
            continue
        original = leads[duplicate.duplicate_of]
        if Perturbation.RESENT in duplicate.perturbations:
            assert (duplicate.source, duplicate.external_id) == (original.source, original.external_id)
        if original.phone:
            assert number_of(duplicate.phone) == number_of(original.phone)
        else:
            assert duplicate.email.lower() == original.email.lower() != ""


def test_a_duplicate_looks_different_unless_it_was_sent_again(company: SampleCompany) -> None:
    leads = {lead.key: lead for lead in company.leads}
    shown = ("company", "person", "phone", "email")

    for duplicate in company.leads:
        if duplicate.duplicate_of is None:
            continue
        original = leads[duplicate.duplicate_of]
        differs = any(getattr(duplicate, field) != getattr(original, field) for field in shown)
        assert differs is (Perturbation.RESENT not in duplicate.perturbations)
        assert duplicate.perturbations


def test_every_way_of_disguise_occurs(company: SampleCompany) -> None:
    used = {way for lead in company.leads for way in lead.perturbations}

    assert used == set(Perturbation)


def test_a_duplicate_keeps_the_brand_of_its_company(company: SampleCompany) -> None:
    leads = {lead.key: lead for lead in company.leads}

    for duplicate in company.leads:
        if duplicate.duplicate_of is None:
            continue
        ours = unicodedata.normalize("NFKC", duplicate.company).replace(" ", "")
        theirs = leads[duplicate.duplicate_of].company
        shared = max(
            (theirs[start:end] for start in range(len(theirs)) for end in range(start, len(theirs) + 1)
             if theirs[start:end] in ours),
            key=len,
        )  # fmt: skip
        assert len(shared) >= 4


def test_faulty_leads_are_few_and_each_breaks_what_it_says(company: SampleCompany) -> None:
    faulty = [lead for lead in company.leads if lead.fault]

    assert Counter(lead.fault for lead in faulty) == dict.fromkeys(Fault, 2)
    for lead in faulty:
        assert {
            Fault.NO_IDENTITY: not (lead.phone or lead.email or lead.external_id or lead.company or lead.credit_code),
            Fault.UNKNOWN_SEGMENT: lead.segment not in {"", *Segment},
            Fault.OVERLONG_COMPANY: len(lead.company) > 200,
            Fault.NO_SOURCE: lead.source == "",
        }[lead.fault or Fault.NO_SOURCE]


def test_genuine_leads_use_known_codes_and_can_be_reached(company: SampleCompany) -> None:
    for lead in genuine(company):
        assert lead.phone or lead.email
        assert lead.source in SOURCES
        assert lead.industry in INDUSTRIES
        assert lead.product_line in PRODUCT_LINES
        assert lead.segment in {"", *Segment}
        assert len(lead.message) >= 6
        assert "{" not in lead.message


def test_most_leads_arrive_in_office_hours_and_nearly_all_while_someone_works(company: SampleCompany) -> None:
    office = company.working_calendar()
    calendars = [company.working_calendar(rep) for rep in company.reps]

    in_office = sum(office.is_working(lead.received_at) for lead in company.leads)
    attended = sum(any(each.is_working(lead.received_at) for each in calendars) for lead in company.leads)

    assert 0.65 < in_office / len(company.leads) < 0.85
    assert attended / len(company.leads) > 0.85


def test_weekends_are_quiet_and_lunch_is_a_dent(company: SampleCompany) -> None:
    local = [lead.received_at.astimezone(company.zone) for lead in company.leads]
    hours = Counter(at.hour for at in local)
    weekend = sum(at.weekday() >= 5 for at in local)

    assert 0.05 < weekend / len(local) < 0.2
    assert hours[12] < min(hours[10], hours[15]) / 2
    assert hours[3] < 10


def test_a_trade_fair_brings_fair_leads_on_its_days(company: SampleCompany) -> None:
    days = Counter(
        (lead.received_at.astimezone(company.zone).date() - company.start).days
        for lead in company.leads
        if lead.source == "expo"
    )

    assert sum(days[day] for day in (11, 12, 13)) > sum(days.values()) / 2


def test_amounts_are_known_for_about_half_and_in_whole_thousands(company: SampleCompany) -> None:
    amounts = [lead.amount_hundredths for lead in genuine(company) if lead.amount_hundredths is not None]

    assert 0.45 < len(amounts) / len(genuine(company)) < 0.65
    assert all(amount > 0 and amount % 100_000 == 0 for amount in amounts)


def test_some_leads_are_urgent(company: SampleCompany) -> None:
    ending = [lead for lead in company.leads if lead.trial_ends_at]
    soon = [
        lead for lead in ending if lead.trial_ends_at and lead.trial_ends_at - lead.received_at < timedelta(hours=48)
    ]

    assert 0.04 < len(ending) / len(company.leads) < 0.09
    assert 0.3 < len(soon) / len(ending) < 0.7
    assert all(
        lead.trial_ends_at and lead.trial_ends_at > lead.received_at for lead in genuine(company) if lead in soon
    )
    assert 0.05 < sum(lead.compares_competitors for lead in company.leads) / len(company.leads) < 0.12


def test_some_leads_come_from_customers_by_one_of_their_contacts(company: SampleCompany) -> None:
    customers = {customer.key: customer for customer in company.customers}
    from_customers = [lead for lead in genuine(company) if lead.customer_key]

    assert 0.08 < len(from_customers) / len(genuine(company)) < 0.16
    for lead in from_customers:
        contacts = customers[lead.customer_key or ""].contacts
        assert not lead.phone or number_of(lead.phone) in {number_of(contact.phone) for contact in contacts}
        assert not lead.email or lead.email in {contact.email for contact in contacts}


def test_organisations_of_one_city_and_trade_share_no_character_of_the_brand() -> None:
    organisations = list(draw_organisations(Random(5)))
    marks = Counter((each.place.city, each.trade, sign) for each in organisations for sign in each.brand)

    assert len(organisations) == MOST
    assert set(marks.values()) == {1}
    assert len({each.mail_domain for each in organisations}) == MOST
