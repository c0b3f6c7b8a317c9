"""Public keys of a token issuer, fetched over HTTP and kept."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from chassis.errors import Unreachable

MAX_AGE_S = 300.0
"""How long keys are used before they are fetched again."""
LEAST_PAUSE_S = 10.0
"""Unknown key ids make us fetch no more often than this, or forged tokens could make us flood the issuer."""
_PAUSE_WITHOUT_KEYS_S = 1.0
_TIMEOUT_S = 3.0
_ASYMMETRIC = (RSAKey, ECKey, OKPKey)


class IssuerKeys:
    """The key set at one address."""

    def __init__(
        self, issuer: str, jwks_url: str, http: httpx.AsyncClient, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._issuer = issuer
        self._url = jwks_url
        self._http = http
        self._clock = clock
        self._keys: KeySet | None = None
        self._fetched_at = 0.0
        self._tried_at: float | None = None
        self._fetching = asyncio.Lock()

    async def with_key(self, kid: str) -> KeySet:
        """The issuer's keys; fetched when they are old, or when none of them is called `kid`.

        Old keys are used on while the issuer does not answer: its pause must not lock everybody out.

        Raises:
            Unreachable: there are no keys yet and the issuer does not answer.
        """
        kept = self._usable(kid)
        if kept is not None:
            return kept
        async with self._fetching:
            kept = self._usable(kid)
            if kept is not None:
                return kept
            if self._keys is None and self._tried_within(_PAUSE_WITHOUT_KEYS_S):
                raise Unreachable(f"token issuer {self._issuer}")
            self._tried_at = self._clock()
            try:
                self._keys = await self._fetch()
                self._fetched_at = self._clock()
            except (httpx.HTTPError, ValueError, JoseError) as error:
                if self._keys is None:
                    raise Unreachable(f"token issuer {self._issuer}") from error
            return self._keys

    def _usable(self, kid: str) -> KeySet | None:
        """The kept keys where they are fresh and hold `kid`, or where it is too early to ask again."""
        if self._keys is None:
            return None
        is_fresh = self._clock() - self._fetched_at < MAX_AGE_S
        if is_fresh and any(key.kid == kid for key in self._keys.keys):
            return self._keys
        return self._keys if self._tried_within(LEAST_PAUSE_S) else None

    def _tried_within(self, seconds: float) -> bool:
        return self._tried_at is not None and self._clock() - self._tried_at < seconds

    async def _fetch(self) -> KeySet:
        response = await self._http.get(self._url, timeout=_TIMEOUT_S, follow_redirects=False)
        response.raise_for_status()
        content: Any = response.json()
        if not isinstance(content, dict) or not isinstance(content.get("keys"), list):
            raise ValueError("no key set")
        # A symmetric key in a public document would let anybody sign; one without id cannot be chosen by a token.
        public = [key for key in content["keys"] if isinstance(key, dict) and key.get("kty") in ("RSA", "EC", "OKP")]
        named = KeySet.import_key_set({"keys": [key for key in public if key.get("kid") and key.get("use") != "enc"]})
        return KeySet([key for key in named.keys if isinstance(key, _ASYMMETRIC)])
