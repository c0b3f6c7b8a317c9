"""May the caller call this method at all? By the permission that the contract states; without one, nobody may."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chassis.authorization import Authorizer
from chassis.errors import Unauthenticated
from chassis.interceptors.call import Call


class Access:
    """Asks the policies before a servicer runs. Which thing the call is about, the use case asks."""

    def __init__(self, authorizer: Authorizer) -> None:
        self._authorizer = authorizer

    @asynccontextmanager
    async def around(self, call: Call) -> AsyncIterator[None]:
        if call.principal is None:
            raise Unauthenticated("nobody is known to call")
        self._authorizer.require_call(call.rule, call.principal)
        yield
