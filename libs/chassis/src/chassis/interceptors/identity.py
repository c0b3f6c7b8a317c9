"""Who calls: verifies the token and binds the request's context for everything below."""

from __future__ import annotations

from typing import Any

from google.protobuf.message import Message

from chassis import context
from chassis import metric_names as names
from chassis.authentication import Authentication
from chassis.context import RequestContext
from chassis.errors import Unauthenticated
from chassis.interceptors.call import Call, Proceed
from chassis.requests import hash_of, key_of

_LONGEST_KEY = 200


class Identity:
    """Lets nobody pass without a good token."""

    def __init__(self, authentication: Authentication) -> None:
        self._authentication = authentication

    async def around(self, proceed: Proceed, call: Call) -> Any:
        token = bearer_of(call.metadata.get("authorization", ""))
        principal = await self._authentication.principal(token, call.metadata.get("x-tenant", ""))
        call.principal = principal
        if call.span.is_recording():
            call.span.set_attributes({names.PRINCIPAL_KIND: principal.kind, names.TENANT: principal.tenant_id or ""})
        key, request_hash = _key_and_hash(call)
        request = RequestContext(
            principal=principal,
            tenant_id=principal.tenant_id,
            method=call.method,
            request_id=key,
            request_hash=request_hash,
            locale=call.locale,
            origin=await self._origin(call),
            token=token,
        )
        with context.bind(request):
            return await proceed(call)

    async def _origin(self, call: Call) -> str:
        """The caller's address, and the API key used. Only the gateway is believed when it says for whom it calls."""
        forwarded = call.metadata.get("x-forwarded-for", "")
        vouched = bearer_of(call.metadata.get("x-forwarder-authorization", ""), required=False)
        address = call.peer
        if forwarded and await self._authentication.is_gateway(vouched):
            # The gateway's own calls pass its caller's origin on, with the key behind the address.
            address = forwarded.rpartition(",")[2].strip().partition(" ")[0][:64]
        key_id = call.principal.api_key_id if call.principal else ""
        return f"{address} by api-keys/{key_id}" if key_id else address


def bearer_of(header: str, *, required: bool = True) -> str:
    """The token in an `authorization` header (RFC 6750).

    Raises:
        Unauthenticated: there is none although it is required.
    """
    scheme, _, token = header.partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    if required:
        raise Unauthenticated("no bearer token")
    return ""


def _key_and_hash(call: Call) -> tuple[str, bytes]:
    if not call.rule.command or not isinstance(call.request, Message):
        return "", b""
    key = key_of(call.request) or call.metadata.get("x-request-id", "")[:_LONGEST_KEY]
    return (key, hash_of(call.request)) if key else ("", b"")
