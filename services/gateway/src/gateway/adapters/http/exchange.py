"""One request and its answer, as far as all routes have it in common."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from chassis.context import Principal, RequestContext
from chassis.error_texts import Locale, chosen_locale
from chassis.errors import ThroughlineError, Unauthenticated
from chassis.identity import VerifiedToken
from chassis.ids import TenantId, new_id

Scope = dict[str, Any]
SCOPE_KEY = "throughline.exchange"

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")


@dataclass(slots=True)
class Exchange:
    """What is known of a request, and what its answer must carry."""

    method: str
    raw_path: str
    """Path as sent, percent-encoded."""
    query: str
    headers: dict[str, str]
    """By lower-case name; repeated ones joined by a comma, as RFC 9110 allows."""
    address: str
    """Address of the client, or of a proxy that is not trusted."""
    request_id: str
    locale: Locale
    token: str = ""
    caller: VerifiedToken | None = None
    refusal: ThroughlineError | None = None
    """Why there is no caller, once that was looked at."""
    route: str = ""
    """Template of the route, for traces and metrics."""
    trace_id: str = ""
    answer_headers: dict[str, str] = field(default_factory=dict)
    """Headers of the answer, whatever comes of the request."""

    @classmethod
    def of(cls, scope: Scope) -> Exchange:
        """Reads what the server hands over (ASGI 3)."""
        headers: dict[str, str] = {}
        for name, value in scope["headers"]:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1")
            headers[key] = f"{headers[key]}, {text}" if key in headers else text
        raw_path = scope.get("raw_path")
        given = headers.get("x-request-id", "")
        exchange = cls(
            method=scope["method"],
            raw_path=raw_path.decode("ascii", "replace") if raw_path is not None else quote(scope["path"]),
            query=scope.get("query_string", b"").decode("latin-1"),
            headers=headers,
            address=(scope.get("client") or ("", 0))[0],
            request_id=given if _REQUEST_ID.fullmatch(given) else new_id(),
            locale=chosen_locale(headers.get("accept-language", "")),
        )
        scope[SCOPE_KEY] = exchange
        return exchange

    def require_caller(self) -> VerifiedToken:
        """Who calls, by a verified token.

        Raises:
            Unauthenticated: there is no token, or it does not verify.
            Unreachable: the issuer of the token does not answer.
        """
        if self.caller is None:
            raise self.refusal or Unauthenticated("no bearer token")
        return self.caller

    def context(self, method: str) -> RequestContext:
        """The context in which another service is called: it verifies the same token again, and finds the person."""
        caller = self.require_caller()
        named = self.headers.get("x-tenant", "")
        tenant_id = caller.tenant_id or (TenantId(named) if named else None)
        principal = Principal("service" if caller.is_service else "person", caller.subject, tenant_id, caller.roles)
        return RequestContext(principal, tenant_id, method, locale=self.locale, origin=self.address, token=self.token)
