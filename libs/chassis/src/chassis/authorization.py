"""Who may do what to which thing: Cedar policies as the frame, roles as data.

The access interceptor asks for the method's permission before a servicer runs; a use case asks again for the thing it
is about. Lists take a `Scope` instead and push it into SQL. Both answers come from the same policies: a scope is the
set of relations that the policies permit.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from importlib import resources
from typing import Literal, Self, TypeAlias

import cedarpy
from sqlalchemy import ColumnElement, and_, false, or_, true

from chassis import context
from chassis.context import Principal
from chassis.errors import Forbidden, NotFound
from chassis.ids import PersonId, TeamId
from chassis.methods import MethodRule
from chassis.role_table import RoleTable, ScopeKind

Relation: TypeAlias = Literal["own", "team", "foreign", "unbound"]

CONTACT_DATA = "lead.contact"
"""Permission to see names, phones and addresses in clear."""


class PolicyFault(RuntimeError):
    """A policy cannot be parsed or fails while it is evaluated. Cedar would skip it, and a skipped forbid permits."""


@dataclass(frozen=True, slots=True)
class Resource:
    """What authorisation looks at in a thing: who owns it, and whose team that is."""

    owner_id: str | None = None
    team_id: str | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """The things a caller may see in a list."""

    kind: ScopeKind
    person_id: PersonId | None = None
    team_ids: frozenset[TeamId] = frozenset()

    def includes(self, resource: Resource) -> bool:
        """Whether a list under this scope shows the thing."""
        if self.kind in ("all", "none"):
            return self.kind == "all"
        relation = _relation(resource, self.person_id, self.team_ids)
        return relation == "own" or (relation == "team" and self.kind == "team")

    def where(self, owner_id: ColumnElement[str | None], team_id: ColumnElement[str | None]) -> ColumnElement[bool]:
        """The same as a condition over the columns that hold owner and team; NULL where there is none."""
        if self.kind == "all":
            return true()
        if self.person_id is None:  # nothing is a service's own or of its team
            return false()
        own = owner_id == self.person_id
        match self.kind:
            case "team":
                return or_(own, team_id.in_(sorted(self.team_ids)), and_(owner_id.is_(None), team_id.is_(None)))
            case "own":
                return own
            case _:
                return false()


@dataclass(frozen=True)
class Authorizer:
    """Decides by policies and role table. Decisions are memoised, so most cost a dictionary look-up."""

    policies: cedarpy.PolicySet
    roles: RoleTable
    _decided: dict[tuple[str, str, frozenset[str], str, Relation, bool], bool] = field(
        default_factory=dict, init=False, compare=False
    )

    @classmethod
    def load(cls, package: str | None = None, roles: RoleTable | None = None) -> Self:
        """The frame with the policies of a service's package, `<package>/policies/*.cedar`, where it has any.

        Raises:
            PolicyFault: a file is no valid Cedar.
        """
        texts = _policy_texts("chassis") + (_policy_texts(package) if package else [])
        try:
            policies = cedarpy.PolicySet.from_str("\n".join(texts))
        except ValueError as error:
            raise PolicyFault(str(error)) from error
        return cls(policies, roles or RoleTable.load())

    def require(self, permission: str, resource: Resource | None = None, *, principal: Principal | None = None) -> None:
        """Lets the caller pass, or not; without a resource it asks whether the caller holds the permission at all.

        Raises:
            Forbidden: the caller's roles do not allow it.
        """
        if not self.allows(permission, resource, principal=principal):
            raise Forbidden(permission)

    def require_visible(
        self, permission: str, resource: Resource, *, kind: str, id: str, principal: Principal | None = None
    ) -> None:
        """As `require`, for a thing whose very existence the caller may not learn of.

        Raises:
            NotFound: in the same words as for a thing that is not there.
        """
        if not self.allows(permission, resource, principal=principal):
            raise NotFound(kind, id)

    def require_call(self, rule: MethodRule, principal: Principal) -> None:
        """Lets the caller call a method, whatever thing it will be about. A method without permission admits nobody.

        Raises:
            Forbidden: the caller's roles do not allow it.
        """
        if not rule.permission or not self._decide(principal, rule.permission, "unbound", internal=rule.internal):
            raise Forbidden(rule.permission or rule.name)

    def allows(self, permission: str, resource: Resource | None = None, *, principal: Principal | None = None) -> bool:
        """Whether the caller may; the caller is that of the running request unless given."""
        caller = principal or context.current().principal
        relation: Relation = "unbound"
        if resource is not None:
            relation = _relation(resource, caller.person_id, caller.team_ids)
        return self._decide(caller, permission, relation)

    def scope(self, permission: str, *, principal: Principal | None = None) -> Scope:
        """What a list under the permission shows to the caller."""
        caller = principal or context.current().principal
        kind: ScopeKind = "none"
        if self._decide(caller, permission, "own"):
            kind = "own"
        if kind == "own" and self._decide(caller, permission, "team"):
            kind = "team"
        if kind == "team" and self._decide(caller, permission, "foreign"):
            kind = "all"
        return Scope(kind, caller.person_id, caller.team_ids)

    def may_see_contact_data(self, resource: Resource, *, principal: Principal | None = None) -> bool:
        """Whether names, phones and addresses of the thing are shown to the caller in clear."""
        return self.allows(CONTACT_DATA, resource, principal=principal)

    def permissions(self, *, principal: Principal | None = None) -> list[str]:
        """All that the caller's roles allow at least for some things, in order."""
        return sorted(
            permission for permission in self.roles.permissions if self.allows(permission, principal=principal)
        )

    def _decide(self, caller: Principal, permission: str, relation: Relation, *, internal: bool = False) -> bool:
        if caller.permissions is not None and permission not in caller.permissions:
            return False
        key = (self.roles.version, caller.kind, caller.roles, permission, relation, internal)
        decision = self._decided.get(key)
        if decision is None:
            decision = self._decided[key] = self._ask(caller, permission, relation, internal)
        return decision

    def _ask(self, caller: Principal, permission: str, relation: Relation, internal: bool) -> bool:
        entities = [
            _entity("Caller", {"kind": caller.kind, "roles": sorted(caller.roles)}),
            _entity("Thing", {"relation": relation}),
        ]
        request = {
            "principal": 'Caller::"it"',
            "action": f"Action::{json.dumps(permission)}",
            "resource": 'Thing::"it"',
            "context": {"scope": self.roles.scope(caller.roles, permission), "internal": internal},
        }
        result = cedarpy.is_authorized(request, self.policies, entities)
        if result.diagnostics.errors:
            raise PolicyFault("; ".join(map(str, result.diagnostics.errors)))
        return result.allowed


def _relation(resource: Resource, person_id: str | None, team_ids: frozenset[TeamId]) -> Relation:
    """How a thing stands to a person. What has neither owner nor team waits in every supervisor's queue."""
    if person_id is None:
        return "foreign"
    if resource.owner_id == person_id:
        return "own"
    if resource.team_id in team_ids or (resource.owner_id is None and resource.team_id is None):
        return "team"
    return "foreign"


def _entity(kind: str, attributes: dict[str, object]) -> dict[str, object]:
    return {"uid": {"type": kind, "id": "it"}, "attrs": attributes, "parents": []}


def _policy_texts(package: str) -> list[str]:
    folder = resources.files(package).joinpath("policies")
    if not folder.is_dir():
        return []
    return [
        file.read_text(encoding="utf-8")
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".cedar")
    ]
