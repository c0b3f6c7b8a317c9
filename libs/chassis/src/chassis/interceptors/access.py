"""May the caller call this method at all? By the permission that the contract states; without one, nobody may."""

from __future__ import annotations

from typing import Any

from chassis.authorization import Authorizer
from chassis.errors import Unauthenticated
from chassis.interceptors.call import Call, Proceed


class Access:
    """Asks the policies before a servicer runs. Which thing the call is about, the use case asks."""

    def __init__(self, authorizer: Authorizer) -> None:
        self._authorizer = authorizer

    async def around(self, proceed: Proceed, call: Call) -> Any:
        if call.principal is None:
            raise Unauthenticated("nobody is known to call")
        self._authorizer.require_call(call.rule, call.principal)
        return await proceed(call)
