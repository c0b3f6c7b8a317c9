"""Which role holds which permission, and how far: data, not code."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from typing import Literal, Self, TypeAlias

ScopeKind: TypeAlias = Literal["all", "team", "own", "none"]

WIDEST_FIRST: tuple[ScopeKind, ...] = ("all", "team", "own", "none")
NOT_GRANTABLE = frozenset({"service", "operator"})
"""Roles that no directory may give to a person; they follow from a token's subject alone."""


@dataclass(frozen=True)
class RoleTable:
    """Scope by role and permission. A caller with several roles has the widest scope of any."""

    scopes: Mapping[str, Mapping[str, ScopeKind]]
    version: str
    """Changes with the content; part of every memoised decision."""
    _widest: dict[tuple[frozenset[str], str], ScopeKind] = field(default_factory=dict, init=False, compare=False)

    @classmethod
    def load(cls) -> Self:
        """The default table, `policies/roles.json`."""
        return cls.parse(resources.files("chassis").joinpath("policies", "roles.json").read_text(encoding="utf-8"))

    @classmethod
    def parse(cls, text: str) -> Self:
        """A table from its JSON text.

        Raises:
            KeyError: a role includes one that is not there.
            RecursionError: roles include one another.
        """
        roles = json.loads(text)
        scopes = {role: _scopes(role, roles) for role in roles}
        return cls(scopes, version=hashlib.sha256(text.encode()).hexdigest()[:16])

    @cached_property
    def permissions(self) -> frozenset[str]:
        """Every permission that any role holds."""
        return frozenset(permission for held in self.scopes.values() for permission in held)

    def scope(self, roles: frozenset[str], permission: str) -> ScopeKind:
        """The widest scope in which any of the roles holds the permission; unknown roles hold nothing."""
        key = (roles, permission)
        found = self._widest.get(key)
        if found is None:
            held: set[ScopeKind] = {self.scopes.get(role, {}).get(permission, "none") for role in roles} or {"none"}
            found = self._widest[key] = min(held, key=WIDEST_FIRST.index)
        return found


def _scopes(role: str, roles: Mapping[str, Mapping[str, list[str]]]) -> dict[str, ScopeKind]:
    """The role's own permissions over those of the roles it includes; where both have one, the wider scope holds."""
    found: dict[str, ScopeKind] = {}
    for included in roles[role].get("includes", []):
        for permission, scope in _scopes(included, roles).items():
            found[permission] = min(scope, found.get(permission, "none"), key=WIDEST_FIRST.index)
    for scope in WIDEST_FIRST:
        for permission in roles[role].get(scope, []):
            found[permission] = min(scope, found.get(permission, "none"), key=WIDEST_FIRST.index)
    return found
