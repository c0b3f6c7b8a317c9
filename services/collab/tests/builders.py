"""Things of the domain for tests; each says only what matters there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from chassis.ids import PersonId, TeamId, TenantId, new_id
from collab.domain.completeness import Completeness
from collab.domain.contact import Contact, ContactProfile
from collab.domain.customer import Customer
from collab.domain.customer_profile import CustomerProfile
from collab.domain.directory_import import PersonRow, TeamRow
from collab.domain.ids import ContactId, CustomerId, EventId, LeadId, NotificationId
from collab.domain.lead_news import LeadNews, NewsKind
from collab.domain.notification import EmailState, Notification, Part
from collab.domain.person import Person
from collab.domain.staff import Staff
from collab.domain.team import Team
from collab.domain.tenant import Tenant

A_MORNING = datetime(2026, 3, 10, 1, 30, tzinfo=UTC)
"""09:30 of a working Tuesday in Shanghai."""

GRANTABLE = frozenset({"admin", "director", "supervisor", "rep", "legal"})


def a_team(**facts: Any) -> Team:
    usual = {"id": TeamId(new_id()), "name": f"team {new_id()}", "kind": "sales"}
    return Team(**{**usual, **facts})


def a_person(**facts: Any) -> Person:
    mark = new_id()
    usual: dict[str, Any] = {
        "id": PersonId(new_id()),
        "employee_no": f"no-{mark}",
        "name": "张伟",
        "subject": f"subject-{mark}",
        "team_id": TeamId(new_id()),
        "roles": {"rep"},
    }
    given = {**usual, **facts}
    return Person(**{**given, "roles": frozenset(given["roles"])})


def an_administrator(**facts: Any) -> Person:
    return a_person(**{"roles": {"admin"}, **facts})


def a_tenant(**facts: Any) -> Tenant:
    usual: dict[str, Any] = {
        "id": TenantId(new_id()),
        "name": "衡岳医疗",
        "zone": "Asia/Shanghai",
        "currency": "CNY",
        "locale": "zh-CN",
        "founder_id": PersonId(new_id()),
        "created_at": A_MORNING,
    }
    return Tenant(**{**usual, **facts})


def a_staff(*people: Person, teams: tuple[Team, ...] = ()) -> Staff:
    return Staff({team.id: team for team in teams}, {person.id: person for person in people})


def a_team_row(name: str, **facts: str) -> TeamRow:
    return TeamRow(**{"name": name, "kind": "sales", **facts})


def a_person_row(employee_no: str, **facts: Any) -> PersonRow:
    usual: dict[str, Any] = {
        "employee_no": employee_no,
        "name": f"name of {employee_no}",
        "subject": f"subject of {employee_no}",
        "team": "销售一部",
        "roles": ("rep",),
    }
    return PersonRow(**{**usual, **facts})


def a_notification(person_id: str, **facts: Any) -> Notification:
    lead_id = new_id()
    usual: dict[str, Any] = {
        "id": NotificationId(new_id()),
        "event_id": EventId(new_id()),
        "person_id": PersonId(person_id),
        "kind": NewsKind.ASSIGNED.value,
        "part": Part.OWNER,
        "resource": f"leads/{lead_id}",
        "occurred_at": A_MORNING,
        "facts": {"lead_id": lead_id},
        "email_state": EmailState.NONE,
    }
    return Notification(**{**usual, **facts})


def news(kind: NewsKind, **facts: Any) -> LeadNews:
    usual: Mapping[str, Any] = {
        "event_id": EventId(new_id()),
        "lead_id": LeadId(new_id()),
        "occurred_at": A_MORNING,
    }
    return LeadNews(kind, **{**usual, **facts})


def a_customer(name: str = "杭州恒昌信息技术有限公司", **facts: Any) -> Customer:
    usual: dict[str, Any] = {
        "id": CustomerId(new_id()),
        "profile": CustomerProfile(name),
        "owner": None,
        "completeness": Completeness(0, ()),
        "created_at": A_MORNING,
        "updated_at": A_MORNING,
    }
    return Customer(**{**usual, **facts})


def a_contact(
    name: str = "张伟", *, customer_id: str = "a-customer", is_archived: bool = False, **profile: Any
) -> Contact:
    return Contact(
        ContactId(new_id()),
        CustomerId(customer_id),
        ContactProfile(name, **profile),
        created_at=A_MORNING,
        updated_at=A_MORNING,
        is_archived=is_archived,
    )
