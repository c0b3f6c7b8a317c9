"""Leads that come a second time, disguised as people disguise them without meaning to.

A duplicate keeps a strong identity of its original: the same phone if there is one, else the same e-mail; a lead sent
again keeps everything, its external id included. The company stays recognisable, for a phone alone may have passed on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Final

from sample_company.arrivals import Arrival
from sample_company.catalogue import CATALOGUE
from sample_company.messages import Subject, write_message
from sample_company.model import Lead, Perturbation
from sample_company.organisations import Organisation
from sample_company.origins import ExternalIds, draw_form, draw_source, draw_utm
from sample_company.vocabulary import PRODUCT_LINES

RESENT_PCT: Final = 15
_FULL_WIDTH: Final = str.maketrans("0123456789", "０１２３４５６７８９")
_PRODUCT_NAMES: Final = {product.key: product.name for product in CATALOGUE}

_PHONE_FORMS: Final[dict[Perturbation, Callable[[str], str]]] = {
    Perturbation.PHONE_FULL_WIDTH: lambda number: number.translate(_FULL_WIDTH),
    Perturbation.PHONE_INTERNATIONAL_00: lambda number: f"0086{number}",
    Perturbation.PHONE_INTERNATIONAL_PLUS: lambda number: f"+86 {number[:3]} {number[3:7]} {number[7:]}",
    Perturbation.PHONE_SPACED: lambda number: f"{number[:3]}\u3000{number[3:7]}\u3000{number[7:]}",
}


def make_duplicate(
    random: Random,
    key: str,
    arrival: Arrival,
    *,
    original: Lead,
    organisation: Organisation,
    external_ids: ExternalIds,
) -> Lead:
    """Repeats `original`, either sent again by the same system or asked anew, differently typed."""
    repeated = replace(original, key=key, received_at=arrival.at, duplicate_of=original.key)
    if random.random() * 100 < RESENT_PCT:
        return replace(repeated, perturbations=(Perturbation.RESENT,))
    source = draw_source(random, arrival)
    utm_source, utm_medium, utm_campaign = draw_utm(random, source, original.product_line, arrival.at.month)
    repeated = replace(
        repeated,
        source=source,
        external_id=external_ids.next_for(source, arrival),
        utm_source=utm_source,
        utm_medium=utm_medium,
        utm_campaign=utm_campaign,
        form=draw_form(random, source),
        signals={},
        message=write_message(random, _subject(original)),
        credit_code="",
    )
    disguised = _disguise(random, repeated, organisation)
    if source == original.source:
        return disguised
    return replace(disguised, perturbations=(*disguised.perturbations, Perturbation.OTHER_SOURCE))


def plain_number(phone: str) -> str:
    """The 11 digits of a mobile number typed in any of our ways; empty for an empty field."""
    return "".join(sign for sign in phone if sign.isdecimal())[-11:]


def _disguise(random: Random, lead: Lead, organisation: Organisation) -> Lead:
    """Changes the way in which the phone and, mostly, the company and the person are written."""
    changes: dict[str, str] = {}
    done: list[Perturbation] = []
    if lead.phone:
        form = random.choice(
            [form for form in _PHONE_FORMS if _PHONE_FORMS[form](plain_number(lead.phone)) != lead.phone]
        )
        changes["phone"] = _PHONE_FORMS[form](plain_number(lead.phone))
        done.append(form)
    if random.random() < 0.75:
        way, changes["company"] = random.choice(_other_companies(lead.company, organisation))
        done.append(way)
    if len(lead.person) > 1 and not lead.person.endswith("主任") and random.random() < 0.3:
        changes["person"] = f"{lead.person[0]}主任"
        done.append(Perturbation.PERSON_BY_TITLE)
    if lead.email and (not lead.phone or random.random() < 0.4):
        changes["email"] = lead.email.upper()
        done.append(Perturbation.EMAIL_UPPER_CASE)
    return replace(lead, perturbations=tuple(done), **changes)  # type: ignore[arg-type]  # fields by name


def _other_companies(typed: str, organisation: Organisation) -> list[tuple[Perturbation, str]]:
    """Ways to write the same company that differ from the way it was typed."""
    city, rest = organisation.place.city, f"{organisation.brand}{organisation.trade}{organisation.legal_form}"
    ways = [
        (Perturbation.COMPANY_SHORTENED, organisation.short_name.replace(f"{city}市", city)),
        (Perturbation.COMPANY_SHORTENED, f"{organisation.brand}{organisation.trade}"),
        (
            Perturbation.COMPANY_REMARK,
            f"{organisation.name}（{'设备科' if '医院' in organisation.trade else '采购部'}）",
        ),
        (Perturbation.COMPANY_REMARK, f"{organisation.name}(总部)"),
        (Perturbation.COMPANY_SPACED, f"{city}\u3000{rest}"),
    ]
    return [(way, company) for way, company in ways if company != typed]


def _subject(lead: Lead) -> Subject:
    line = PRODUCT_LINES[lead.product_line]
    product = _PRODUCT_NAMES.get(lead.product, f"{line}产品")
    is_on_trial = lead.trial_ends_at is not None
    return Subject(
        lead.industry, product, line, lead.purchase_stage, lead.compares_competitors, is_on_trial, lead.language
    )
