"""Requests that break the rules of their contract go no further. Messages of client streams the servicer validates."""

from __future__ import annotations

from typing import Any

from google.protobuf.message import Message

from chassis.interceptors.call import Call, Malformed, Proceed
from chassis.interceptors.chain import malformed
from chassis.validation import validate


class Validation:
    """Names all faults of a request at once."""

    async def around(self, proceed: Proceed, call: Call) -> Any:
        match call.request:
            case Malformed() as found:
                raise malformed(found)
            case Message() as message:
                validate(message)
            case None:
                pass
        return await proceed(call)
