"""Who calls a route that is written by hand, as the directory knows the person, and what they may."""

from __future__ import annotations

from chassis.authentication import Authentication
from chassis.authorization import Authorizer
from chassis.context import Principal
from gateway.adapters.http.exchange import Exchange


class Callers:
    """Authenticates and authorises as the services do. Transcoded routes leave both to the owner of the method."""

    def __init__(self, authentication: Authentication, authorizer: Authorizer) -> None:
        self._authentication = authentication
        self._authorizer = authorizer

    async def permitted(self, exchange: Exchange, permission: str) -> Principal:
        """The caller, who holds the permission.

        Raises:
            Unauthenticated: no good token.
            PersonUnknown: the person is not active in the tenant.
            Forbidden: the caller's roles do not allow it.
            Unreachable: issuer or database do not answer.
        """
        exchange.require_caller()
        principal = await self._authentication.principal(exchange.token, exchange.headers.get("x-tenant", ""))
        self._authorizer.require(permission, principal=principal)
        return principal
