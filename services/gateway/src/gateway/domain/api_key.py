"""A key by which a system outside acts as a person of the directory, within the permissions that it lists."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from chassis.ids import PersonId, TenantId
from gateway.domain.ids import ApiKeyId

MOST_KEYS = 200
"""Of one tenant, those that are good."""
USUAL_LIFE = timedelta(days=365)
LONGEST_LIFE = timedelta(days=730)
USUAL_RATE_PER_S = 50
NEVER_BY_KEY = frozenset({"api_key.write"})
"""A key that could make keys would outlive its own end."""

_MARK = "tlk_"
_FORM = re.compile(r"tlk_([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{8})\.[A-Za-z0-9_-]{43}")


class ApiKeyState(StrEnum):
    """Whether a key is good."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class KeyText:
    """A key as its holder has it: `tlk_<tenant>.<prefix>.<secret>`, each part in base64 for URLs."""

    tenant_id: TenantId
    """Where its row is: rows of other tenants cannot be read to find out."""
    prefix: str
    text: str = field(repr=False)

    @classmethod
    def of(cls, tenant_id: TenantId, prefix: bytes, secret: bytes) -> Self:
        """A new one.

        Args:
            tenant_id: its tenant.
            prefix: 6 random bytes, by which its row is found and people tell it from others.
            secret: 32 random bytes.
        """
        shown = _text(prefix)
        return cls(tenant_id, shown, f"{_MARK}{_text(UUID(tenant_id).bytes)}.{shown}.{_text(secret)}")

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The parts of what somebody sends; None for what is no key."""
        found = _FORM.fullmatch(text)
        if found is None:
            return None
        try:
            tenant = UUID(bytes=base64.urlsafe_b64decode(f"{found[1]}=="))
        except (binascii.Error, ValueError):
            return None
        return cls(TenantId(str(tenant)), found[2], text)

    @property
    def digest(self) -> bytes:
        """SHA-256 of it all: with so much chance in it, a slow hash would guard nothing more."""
        return hashlib.sha256(self.text.encode()).digest()


def looks_like_key(text: str) -> bool:
    """Whether a bearer token is meant as a key."""
    return text.startswith(_MARK)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is kept of a key."""

    id: ApiKeyId
    name: str
    person_id: PersonId
    permissions: tuple[str, ...]
    prefix: str
    digest: bytes = field(repr=False)
    rate_per_s: int
    created_by: str
    created_at: datetime
    """Business time."""
    expires_at: datetime
    """Real time, as are the two below."""
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None

    def state_at(self, now: datetime) -> ApiKeyState:
        """Whether it is good at a moment of real time."""
        if self.revoked_at is not None:
            return ApiKeyState.REVOKED
        return ApiKeyState.EXPIRED if now >= self.expires_at else ApiKeyState.ACTIVE

    def is_that(self, key: KeyText) -> bool:
        """Whether it is the key that somebody sends; takes as long for any."""
        return hmac.compare_digest(self.digest, key.digest)

    def revoked(self, at: datetime) -> Self:
        """Ended for good."""
        return self if self.revoked_at is not None else replace(self, revoked_at=at)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
