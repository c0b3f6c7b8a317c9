"""Tokens of an embedded suite: the operator's own, and those of people, which its issuer gives to the operator."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import httpx

from throughline_cli.endpoints import Caller, Target
from throughline_cli.failures import Exit, Failure
from throughline_cli.gateway import Unreachable

_PERSON_PATH = "/oauth/token:person"
_EARLY_S = 300.0


class TokenRefused(Failure):
    """The issuer gives no token."""

    def __init__(self, who: str, cause: str) -> None:
        super().__init__("failure.no_token", Exit.FORBIDDEN, {"who": who, "cause": cause})


class Tokens:
    """Asks the issuer of an embedded suite and keeps what it gives until it is about to expire. For several threads."""

    def __init__(self, target: Target, http: httpx.Client, clock: Callable[[], float] = time.monotonic) -> None:
        self._target = target
        self._http = http
        self._clock = clock
        self._kept: dict[Caller | None, tuple[str, float]] = {}
        self._asking = threading.Lock()

    def operator(self) -> str:
        """The operator's token.

        Raises:
            TokenRefused, Unreachable: there is none.
        """
        return self._token(None)

    def of(self, caller: Caller) -> str:
        """The token of a person.

        Raises:
            TokenRefused, Unreachable: there is none.
        """
        return self._token(caller)

    def _token(self, caller: Caller | None) -> str:
        with self._asking:
            token, until = self._kept.get(caller, ("", 0.0))
            if self._clock() >= until:
                token, life_s = self._ask(caller)
                self._kept[caller] = token, self._clock() + max(0.0, life_s - _EARLY_S)
            return token

    def _ask(self, caller: Caller | None) -> tuple[str, float]:
        target = self._target
        if not target.client_secret:
            raise Failure("failure.no_issuer", Exit.FORBIDDEN)
        client = (target.client_id, target.client_secret)
        try:
            if caller is None:
                answer = self._http.post(target.token_url, data={"grant_type": "client_credentials"}, auth=client)
            else:
                wanted = {"tenant_id": caller.tenant_id, "subject": caller.subject}
                answer = self._http.post(f"{target.url}{_PERSON_PATH}", data=wanted, auth=client)
        except httpx.TransportError as error:
            raise Unreachable(target.url, type(error).__name__) from error
        body = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        if not answer.is_success:
            who = caller.subject if caller else target.client_id
            cause = body.get("error_description") or body.get("detail") or f"HTTP {answer.status_code}"
            raise TokenRefused(who, str(cause))
        return str(body["access_token"]), float(body["expires_in"])
