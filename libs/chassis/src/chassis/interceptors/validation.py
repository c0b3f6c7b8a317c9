"""Requests that break the rules of their contract go no further. Messages of client streams the servicer validates."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from google.protobuf.message import Message

from chassis.interceptors.call import Call, Malformed
from chassis.interceptors.chain import malformed
from chassis.validation import validate


class Validation:
    """Names all faults of a request at once."""

    @asynccontextmanager
    async def around(self, call: Call) -> AsyncIterator[None]:
        match call.request:
            case Malformed() as found:
                raise malformed(found)
            case Message() as message:
                validate(message)
            case None:
                pass
        yield
