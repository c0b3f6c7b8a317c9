"""Innermost: repeats a call whose transaction was in another's way, as PostgreSQL asks of its clients.

Two transactions that each wait for the other are a matter of time: of a command and a deadline, of two commands. One of
them is rolled back whole, so nothing of it is there when it is done once more.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.exc import DBAPIError

from chassis import logs
from chassis.database import is_conflict
from chassis.errors import Unreachable
from chassis.interceptors.call import Call, Proceed

log = logs.logger(__name__)

_ATTEMPTS = 3


class Conflicts:
    """Tries a call up to three times; one that met a conflict every time may be sent again later."""

    async def around(self, proceed: Proceed, call: Call) -> Any:
        if call.rule.client_streams or call.rule.server_streams:
            return await proceed(call)
        for _ in range(_ATTEMPTS):
            try:
                return await proceed(call)
            except DBAPIError as fault:
                if not is_conflict(fault):
                    raise
                log.warning("call_conflicted", method=call.method)
        raise Unreachable("PostgreSQL")
