"""The issuer of tokens that stand for API keys: trusted by all services beside the company's, with keys of its own.

Its tokens live for a minute and never leave the suite: the gateway passes a request on with one of
them in the key's place.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chassis.ids import TenantId, new_id
from gateway.application.api_key_ports import MintedToken
from gateway.domain.api_key import ApiKey
from gateway.issuer.issuer import AUDIENCE
from gateway.issuer.signing_key import SigningKey

LIFE_S = 60
PATH = "/api-keys"
"""What its name has after the gateway's address."""


@dataclass(frozen=True, slots=True)
class ApiKeyIssuer:
    """Signs with one key; without it, keys are neither made nor taken."""

    gateway_url: str
    key: SigningKey | None
    now: Callable[[], float] = time.time

    @property
    def url(self) -> str:
        """`iss` of all its tokens."""
        return f"{self.gateway_url}{PATH}"

    @property
    def is_open(self) -> bool:
        """Whether there is a key to sign with."""
        return self.key is not None

    @property
    def public_set(self) -> dict[str, Any]:
        """Its public keys (RFC 7517)."""
        return self.key.public_set if self.key else {"keys": []}

    def token(self, key: ApiKey, tenant_id: TenantId, subject: str) -> MintedToken:
        """A token of the person, within the key's permissions."""
        if self.key is None:
            raise LookupError("there is no key to sign tokens with")
        issued_at = int(self.now())
        claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "iat": issued_at,
            "exp": issued_at + LIFE_S,
            "jti": new_id(),
            "sub": subject,
            "tenant": tenant_id,
            "permissions": list(key.permissions),
            "api_key": key.id,
        }
        return MintedToken(self.key.sign(claims), datetime.fromtimestamp(issued_at + LIFE_S, UTC))
