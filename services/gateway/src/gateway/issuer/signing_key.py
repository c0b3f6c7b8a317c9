"""An issuer's keys: P-256 from a PEM file, named by their RFC 7638 thumbprints. The first signs, all are shown.

So a key is changed without a token refused: the new one is put after the old one, then, when every service has seen it,
before it, and the old one is taken out when its last token has expired.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

ALGORITHM = "ES256"
_PRIVATE_KEY = re.compile(rb"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.+?-----END \1-----", re.DOTALL)


class KeyUnusable(ValueError):
    """The file holds no private key for ES256."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Signs tokens and shows the public half, with those of the keys before and after it."""

    key: ECKey
    key_id: str
    others: tuple[SigningKey, ...] = ()
    """Shown, so that tokens they have signed verify, and known before they sign."""

    @classmethod
    def read(cls, path: Path) -> SigningKey:
        """Reads a file of one key or several, one PEM block after the other.

        Raises:
            KeyUnusable: one of them is no private P-256 key in PEM.
        """
        try:
            content = path.read_bytes()
            blocks = [found.group() for found in _PRIVATE_KEY.finditer(content)] or [content]
            keys = [ECKey.import_key(block) for block in blocks]
        except (JoseError, ValueError, OSError) as error:
            raise KeyUnusable(f"{path} holds no readable key in PEM") from error
        first, *others = [cls.of(key) for key in keys]
        return cls(first.key, first.key_id, tuple(others))

    @classmethod
    def of(cls, key: ECKey) -> SigningKey:
        """Takes a key that is there already.

        Raises:
            KeyUnusable: it is public, or of another curve.
        """
        if not key.is_private or key.curve_name != "P-256":
            raise KeyUnusable("the issuer needs a private key on the curve P-256")
        return cls(key, key.thumbprint())

    @property
    def public_set(self) -> dict[str, Any]:
        """The JWK set (RFC 7517) by which everybody verifies."""
        return {"keys": [each.public for each in (self, *self.others)]}

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A signed JWT."""
        return jwt.encode({"alg": ALGORITHM, "kid": self.key_id, "typ": "JWT"}, dict(claims), self.key)

    @property
    def public(self) -> dict[str, Any]:
        """The public half of this key alone, as a JWK."""
        return {**self.key.as_dict(private=False), "kid": self.key_id, "use": "sig", "alg": ALGORITHM}
