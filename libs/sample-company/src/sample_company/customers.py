"""The customers that the company already has, with their people and the rep who looks after each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Final

from sample_company.catalogue import wanted_lines
from sample_company.contact_data import make_email
from sample_company.model import Contact, Customer, Segment, Territory
from sample_company.organisations import Organisation
from sample_company.person_names import PersonName
from sample_company.vocabulary import DECISION_ROLES

TITLES: Final = {
    "public_hospital": ("设备科主任", "设备科科员", "采购办主任", "检验科主任", "放射科主任", "分管副院长"),
    "private_hospital": ("院长", "运营总监", "采购经理", "设备科主任", "医务部主任"),
    "clinic": ("负责人", "店长", "医生", "采购"),
    "checkup_centre": ("总经理", "运营经理", "采购经理", "检验主管"),
    "dealer": ("总经理", "采购总监", "产品经理", "业务经理"),
}
_POOL_PCT: Final = 15
_SMB_TEAMS: Final = {"浙江": "smb-zj", "江苏": "smb-sj", "上海": "smb-sj", "安徽": "smb-sj"}


def make_customers(
    random: Random,
    organisations: tuple[Organisation, ...],
    *,
    names: Iterator[PersonName],
    phones: Iterator[str],
    reps_of: dict[str, tuple[str, ...]],
    territories: tuple[Territory, ...],
    start: date,
) -> tuple[Customer, ...]:
    """Key accounts belong to the owner of their territory, dealers to the channel reps, the rest to their region's
    team; 15 % of all but the key accounts stand in the public pool 公海."""
    owner_of_city = {city: territory.owner_employee_no for territory in territories for city in territory.cities}
    customers = []
    for number, organisation in enumerate(organisations, start=1):
        key = f"C{number:04d}"
        wanted = wanted_lines(organisation.industry, organisation.trade)
        lines = {random.choices(tuple(wanted), tuple(wanted.values()))[0] for _ in range(random.randint(1, 3))}
        if organisation.segment is Segment.KA and organisation.industry != "dealer":
            owner: str | None = owner_of_city[organisation.place.city]
        else:
            team = "channel" if organisation.industry == "dealer" else _SMB_TEAMS[organisation.place.region]
            owner = random.choice(reps_of[team]) if random.random() * 100 >= _POOL_PCT else None
        customers.append(
            Customer(
                key=key,
                name=organisation.name,
                industry=organisation.industry,
                segment=organisation.segment,
                grade=random.choices("ABC", (50, 35, 15) if organisation.segment is Segment.KA else (10, 35, 55))[0],
                region=organisation.place.region,
                city=organisation.place.city,
                address=organisation.address,
                credit_code=organisation.credit_code,
                owner_employee_no=owner,
                product_lines=tuple(sorted(lines)),
                customer_since=start - timedelta(days=random.randint(30, 2500)),
                contacts=tuple(
                    _contact(random, f"{key}-{place}", organisation, next(names), next(phones))
                    for place in range(1, random.randint(1, 3) + 1)
                ),
            )
        )
    return tuple(customers)


def _contact(random: Random, key: str, organisation: Organisation, name: PersonName, phone: str) -> Contact:
    return Contact(
        key=key,
        name=name.full,
        title=random.choice(TITLES[organisation.industry]),
        decision_role=random.choice(tuple(DECISION_ROLES)),
        phone=phone,
        email=make_email(random, name, organisation) if random.random() < 0.7 else None,
    )
