"""What the demo plays on: one tenant of its own for each sample company, and the people in it as callers."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sample_company import SampleCompany, generate
from throughline_cli.endpoints import Caller
from throughline_cli.failures import Problem
from throughline_cli.gateway import Gateway, Json
from throughline_cli.session import Session
from throughline_cli.times import moment

SEED: Final = 20260301
ADMIN_SUBJECT: Final = "demo-admin"
_ADMIN_NAME: Final = "演示管理员"
_ZONE: Final = ZoneInfo("Asia/Shanghai")
_TENANTS: Final = uuid.UUID("6ba3d2c4-3f0e-5d6b-9a51-2f2f6d1c7e10")


@dataclass(frozen=True, slots=True)
class Person:
    """A person of the tenant's directory."""

    person_id: str
    employee_no: str
    name: str
    subject: str
    team_id: str
    supervisor_id: str


class Stage:
    """One tenant and the gateway as its people see it. For several threads, once `meet` is done."""

    def __init__(self, session: Session, leads: int) -> None:
        self.session = session
        self.leads = leads
        self.tenant_id = str(uuid.uuid5(_TENANTS, f"{SEED}/{leads}"))
        self.operator = session.operator()
        self.admin = self.caller(ADMIN_SUBJECT)
        self._people: dict[str, Person] = {}
        self._callers: dict[str, Gateway] = {}

    def caller(self, subject: str) -> Gateway:
        """The gateway for a person by subject. Whoever has just been made may take a moment to be known everywhere."""
        who = Caller(self.tenant_id, subject)
        return self.session.gateway_as(who, awaits_people=True)

    def meet(self, people: Iterable[Mapping[str, Any]]) -> None:
        """Makes the people of the directory known."""
        for found in people:
            names = ("person_id", "employee_no", "name", "subject", "team_id", "supervisor_id")
            person = Person(**{name: found[name] for name in names})
            self._people[person.person_id] = person
            self._callers[person.person_id] = self.caller(person.subject)

    def by_number(self) -> dict[str, Person]:
        """The people by employee number."""
        return {person.employee_no: person for person in self._people.values()}

    def person(self, person_id: str) -> Person | None:
        """The person of an id; None for nobody we have met."""
        return self._people.get(person_id)

    def name(self, person_id: str) -> str:
        """The name of a person; the id of one we have not met."""
        person = self._people.get(person_id)
        return person.name if person else person_id

    def person_with_role(self, company: SampleCompany, role: str) -> Person:
        """The first person of the company who has a role."""
        number = next(person.employee_no for person in company.people if role in person.roles)
        return self.by_number()[number]

    def of(self, person_id: str) -> Gateway:
        """The gateway as the person sees it."""
        return self._callers[person_id]

    def key(self, thing: str) -> str:
        """The idempotency key of a thing that the demo does once."""
        return f"demo:{self.tenant_id[:8]}:{thing}"


def open_stage(session: Session, leads: int) -> tuple[Stage, SampleCompany]:
    """The tenant, made if it is new, and the company whose month begins on the day after.

    The start follows from when the tenant was made, so that a later run plays the same month on.
    """
    stage = Stage(session, leads)
    created_at = moment(_tenant(stage)["created_at"]).astimezone(_ZONE)
    session.known_caller.keep(Caller(stage.tenant_id, ADMIN_SUBJECT))
    return stage, generate(start=created_at.date() + timedelta(days=1), seed=SEED, leads=leads)


def beginning(company: SampleCompany) -> datetime:
    """The first moment of the month."""
    return start_of_day(company.start, company.zone)


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Midnight of a day."""
    return datetime.combine(day, time(), zone)


def _tenant(stage: Stage) -> Json:
    texts = stage.session.texts
    body = {
        "tenant_id": stage.tenant_id,
        "name": texts("demo.tenant", leads=stage.leads),
        "admin_subject": ADMIN_SUBJECT,
        "admin_name": _ADMIN_NAME,
        "locale": texts.locale,
        "request_id": stage.key(f"tenant:{texts.locale}"),
    }
    try:
        stage.operator.post("/v1/tenants", body)
    except Problem as problem:
        if problem.reason != "ALREADY_EXISTS":
            raise
    tenant: Json = stage.admin.get("/v1/tenant")["tenant"]
    return tenant
