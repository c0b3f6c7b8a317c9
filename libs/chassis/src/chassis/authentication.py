"""From a bearer token to a principal: the token says who, the directory says what the person is here."""

from __future__ import annotations

from typing import Protocol

from chassis.context import Principal
from chassis.directory import Caller
from chassis.errors import PersonUnknown, Unauthenticated
from chassis.identity import TokenVerifier, VerifiedToken
from chassis.ids import TenantId, is_id
from chassis.role_table import NOT_GRANTABLE

GATEWAY = "service:gateway"


class People(Protocol):
    """Finds the person behind a subject; `Directory` is one."""

    async def find_caller(self, tenant_id: TenantId, subject: str) -> Caller | None: ...


class Authentication:
    """Makes principals of tokens."""

    def __init__(self, verifier: TokenVerifier, people: People) -> None:
        self._verifier = verifier
        self._people = people

    async def principal(self, token: str, tenant: str = "") -> Principal:
        """The caller.

        Args:
            token: the bearer token, without the word before it.
            tenant: the tenant that a service works for; a person's token names its own, and another is refused.

        Raises:
            Unauthenticated: the token does not verify, or the tenant is malformed or another than the person's.
            PersonUnknown: the person is not active in the tenant, or the tenant is closed.
            Unreachable: the issuer or the database does not answer.
        """
        if tenant and not is_id(tenant):
            raise Unauthenticated("x-tenant is no id")
        verified = await self._verifier.verify(token)
        if verified.is_service or verified.tenant_id is None:
            named = TenantId(tenant.lower()) if tenant else None
            return Principal("service", verified.subject, named, verified.roles)
        if tenant and tenant.lower() != verified.tenant_id:
            raise Unauthenticated("x-tenant is not the tenant of the token")
        return await self._person(verified, verified.tenant_id)

    async def is_gateway(self, token: str) -> bool:
        """Whether the token proves the gateway, whose word about a caller's address counts."""
        return bool(token) and (await self._verifier.verify(token)).subject == GATEWAY

    async def _person(self, verified: VerifiedToken, tenant_id: TenantId) -> Principal:
        caller = await self._people.find_caller(tenant_id, verified.subject)
        if caller is None:
            raise PersonUnknown(verified.subject)
        return Principal(
            "person",
            verified.subject,
            tenant_id,
            caller.roles - NOT_GRANTABLE,
            person_id=caller.person_id,
            team_id=caller.team_id,
            team_ids=caller.team_ids,
            permissions=verified.permissions,
            api_key_id=verified.api_key_id,
        )
