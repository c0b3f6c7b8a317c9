"""Issuers for tests: real keys, real signatures, an address that answers without a network."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey
from joserfc.jws import JWSRegistry
from joserfc.registry import HeaderParameter

from chassis.ids import new_id
from chassis.settings import Issuer

TENANT = new_id()
_ANY_HEADER = {"x-limit": HeaderParameter("An extension nobody knows", "int")}
Key = ECKey | RSAKey | OKPKey


@dataclass
class TestIssuer:
    """An identity provider with keys that can be rotated, and that can be switched off."""

    name: str
    services: bool = False
    tenants: tuple[str, ...] = ()
    keys: dict[str, Key] = field(default_factory=dict)
    is_down: bool = False
    fetches: int = 0
    extra_keys: list[dict[str, Any]] = field(default_factory=list)

    __test__ = False

    def __post_init__(self) -> None:
        self.keys = self.keys or {"k1": ECKey.generate_key("P-256", {"kid": "k1"})}

    @property
    def url(self) -> str:
        return f"https://{self.name}.example/jwks"

    @property
    def settings(self) -> Issuer:
        return Issuer(issuer=self.name, jwks_url=self.url, services=self.services, tenants=self.tenants)

    def token(self, *, alg: str = "ES256", kid: str = "k1", header: dict[str, Any] | None = None, **claims: Any) -> str:
        """A token as this issuer would sign it; a claim given as None is left out."""
        head = {"alg": alg, "kid": kid, **(header or {})}
        # It signs what no honest issuer would: nothing in the header is checked here.
        registry = JWSRegistry(_ANY_HEADER, ["ES256", "RS256", "Ed25519", "ES384"], strict_check_header=False)
        return jwt.encode(head, self.claims(**claims), self.keys[kid], registry=registry)

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        usual = {"iss": self.name, "aud": "throughline", "sub": "u-1", "tenant": TENANT, "iat": now, "exp": now + 600}
        return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def http_of(*issuers: TestIssuer) -> httpx.AsyncClient:
    """A client to which the issuers answer with their key sets."""
    known = {issuer.url: issuer for issuer in issuers}

    def answer(request: httpx.Request) -> httpx.Response:
        issuer = known[str(request.url)]
        issuer.fetches += 1
        if issuer.is_down:
            raise httpx.ConnectError("refused", request=request)
        published = KeySet(list(issuer.keys.values())).as_dict(private=False)["keys"]
        return httpx.Response(200, json={"keys": [*published, *issuer.extra_keys]})

    return httpx.AsyncClient(transport=httpx.MockTransport(answer))
