"""Bearer tokens: who signed them, for whom, until when. Every service verifies for itself.

Only algorithms with public keys are taken, the issuer decides which keys count, and nothing in a token's header but
`alg` and `kid` is looked at: no `jku`, no `x5u`, no embedded key.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode

from chassis.errors import Unauthenticated
from chassis.ids import TenantId, is_id
from chassis.jwks import IssuerKeys
from chassis.settings import Issuer

ALGORITHMS = ("ES256", "RS256", "Ed25519")
SERVICE_PREFIX = "service:"
OPERATOR = "service:operator"
LEEWAY_S = 5
"""How far the issuer's clock may be from ours."""

_LONGEST_TOKEN = 8192
_MOST_KEPT = 20_000
# Unknown header fields are ignored, as RFC 7515 wants, unless `crit` names them: providers add some of their own.
_REGISTRY = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """What a genuine token says."""

    issuer: str
    subject: str
    tenant_id: TenantId | None
    """The person's tenant; None for services."""
    expires_at: datetime
    roles: frozenset[str] = frozenset()
    """For services only: people have the roles that the directory gives them."""
    permissions: frozenset[str] | None = None
    """What it allows, of all that the person's roles allow; None for all of it."""
    api_key_id: str = ""
    """API key that it stands for; empty for none."""

    @property
    def is_service(self) -> bool:
        """Whether it names one of our services, or the platform's operator."""
        return self.subject.startswith(SERVICE_PREFIX)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A verified token with what it was verified by."""

    token: VerifiedToken
    until: float
    kid: str
    keys: KeySet


class TokenVerifier:
    """Verifies tokens of the configured issuers; remembers verified ones by their digest.

    One is remembered until it expires, and no longer than its issuer's keys stay what they were: when those are fetched
    again, which they are every few minutes, it is verified anew, so that a withdrawn key ends the tokens it has signed.
    """

    def __init__(
        self,
        issuers: Sequence[Issuer],
        http: httpx.AsyncClient,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuers = {issuer.issuer: issuer for issuer in issuers}
        self._keys = {issuer.issuer: IssuerKeys(issuer.issuer, issuer.jwks_url, http, clock) for issuer in issuers}
        self._service_issuer = next((issuer.issuer for issuer in issuers if issuer.services), None)
        self._now = now
        self._verified: OrderedDict[bytes, _Kept] = OrderedDict()

    async def verify(self, token: str) -> VerifiedToken:
        """What the token says, once its signature, issuer, audience, times and subject are found good.

        Raises:
            Unauthenticated: it is not; the message says in a few words why, and shows nothing of the token.
            Unreachable: its issuer does not answer and no key of it is known.
        """
        digest = hashlib.sha256(token.encode("utf-8", "backslashreplace")).digest()
        known = self._verified.get(digest)
        if known is not None and known.until > self._now() and await self._still_signs(known):
            return known.token
        kept = await self._verify(token)
        self._forget_old()
        self._verified[digest] = kept
        return kept.token

    def _forget_old(self) -> None:
        """Makes room: for the oldest where there are too many, else for those of the oldest that have expired."""
        if len(self._verified) >= _MOST_KEPT:
            self._verified.popitem(last=False)
        while self._verified and next(iter(self._verified.values())).until <= self._now():
            self._verified.popitem(last=False)

    async def _still_signs(self, kept: _Kept) -> bool:
        return await self._keys[kept.token.issuer].with_key(kept.kid) is kept.keys

    async def _verify(self, token: str) -> _Kept:
        if len(token) > _LONGEST_TOKEN:
            raise Unauthenticated("the token is too long")
        header, unproven = _peeked(token)
        issuer = self._issuers.get(str(unproven.get("iss")))
        if issuer is None:
            raise Unauthenticated("the token's issuer is not trusted here")
        kid = header.get("kid")
        if header.get("alg") not in ALGORITHMS or not isinstance(kid, str):
            raise Unauthenticated("the token is signed in a way that is not accepted")
        keys = await self._keys[issuer.issuer].with_key(kid)
        try:
            claims = jwt.decode(token, keys, algorithms=list(ALGORITHMS), registry=_REGISTRY).claims
            self._claims_of(issuer).validate(claims)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise Unauthenticated(_said(error)) from error
        verified = self._read(issuer, claims)
        return _Kept(verified, verified.expires_at.timestamp(), kid, keys)

    def _claims_of(self, issuer: Issuer) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=lambda: int(self._now()),
            leeway=LEEWAY_S,
            iss={"essential": True, "value": issuer.issuer},
            aud={"essential": True, "value": issuer.audience},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )

    def _read(self, issuer: Issuer, claims: dict[str, Any]) -> VerifiedToken:
        subject, tenant = claims["sub"], claims.get("tenant")
        expires_at = datetime.fromtimestamp(claims["exp"], UTC)
        if subject.startswith(SERVICE_PREFIX):
            if issuer.issuer != self._service_issuer:
                raise Unauthenticated("the token's issuer may not name services")
            roles = frozenset({"operator" if subject == OPERATOR else "service"})
            return VerifiedToken(issuer.issuer, subject, None, expires_at, roles)
        if not isinstance(tenant, str) or not is_id(tenant):
            raise Unauthenticated("the token names no tenant")
        if issuer.tenants and tenant not in issuer.tenants:
            raise Unauthenticated("the token's issuer may not name people of that tenant")
        return VerifiedToken(
            issuer.issuer,
            subject,
            TenantId(tenant.lower()),
            expires_at,
            permissions=_narrowed(claims.get("permissions")),
            api_key_id=str(claims.get("api_key", "")),
        )


def _narrowed(claimed: object) -> frozenset[str] | None:
    """The permissions that a token is narrowed to. Any issuer may narrow; what cannot be read is refused."""
    if claimed is None:
        return None
    if not isinstance(claimed, list) or not all(isinstance(each, str) for each in claimed):
        raise Unauthenticated("the token's permissions cannot be read")
    return frozenset(claimed)


def _peeked(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, unproven: they only choose the keys by which the token is then proven."""
    parts = token.split(".")
    if len(parts) != 3:
        raise Unauthenticated("the token is no signed JWT")
    try:
        header, claims = (json.loads(urlsafe_b64decode(part.encode("ascii"))) for part in parts[:2])
    except (ValueError, RecursionError):
        raise Unauthenticated("the token cannot be read") from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise Unauthenticated("the token cannot be read")
    return header, claims


def _said(error: Exception) -> str:
    """Our words for what joserfc found, so that no part of a token comes back to the caller."""
    return {
        "expired_token": "the token has expired",
        "bad_signature": "the token's signature is wrong",
        "invalid_claim": "a claim of the token is not right",
        "missing_claim": "a claim of the token is missing",
    }.get(str(getattr(error, "error", "")), "the token does not verify")
