"""A service's own token, by the client-credentials grant (RFC 6749, section 4.4)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import httpx

from chassis.errors import Unreachable

_TIMEOUT_S = 3.0
_EARLY_SHARE = 0.2
"""A token is renewed when this share of its life is left, so that one that travels does not expire on the way."""


class ServiceTokens:
    """Fetches the token once, renews it before it expires, and never twice at the same time."""

    def __init__(
        self,
        token_url: str,
        client_id: str,
        client_secret: str,
        http: httpx.AsyncClient,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = token_url
        self._client = (client_id, client_secret)
        self._http = http
        self._clock = clock
        self._token = ""
        self._renew_at = 0.0
        self._expires_at = 0.0
        self._renewing = asyncio.Lock()

    async def get(self) -> str:
        """A token that is valid for a while yet.

        Raises:
            Unreachable: the issuer does not answer, or refuses, and there is no valid token left.
        """
        if self._clock() < self._renew_at:
            return self._token
        async with self._renewing:
            if self._clock() < self._renew_at:
                return self._token
            try:
                await self._renew()
            except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
                if self._clock() >= self._expires_at:
                    raise Unreachable("token issuer") from error
            return self._token

    async def _renew(self) -> None:
        asked_at = self._clock()
        response = await self._http.post(
            self._url, data={"grant_type": "client_credentials"}, auth=self._client, timeout=_TIMEOUT_S
        )
        response.raise_for_status()
        answer = response.json()
        token, life_s = str(answer["access_token"]), float(answer["expires_in"])
        self._token = token
        self._expires_at = asked_at + life_s
        self._renew_at = asked_at + life_s * (1 - _EARLY_SHARE)
