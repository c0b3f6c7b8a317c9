"""The issuer's key: P-256 from a PEM file, named by its RFC 7638 thumbprint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

ALGORITHM = "ES256"


class KeyUnusable(ValueError):
    """The file holds no private key for ES256."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Signs tokens and shows the public half."""

    key: ECKey
    key_id: str

    @classmethod
    def read(cls, path: Path) -> SigningKey:
        """Reads the key.

        Raises:
            KeyUnusable: it is no private P-256 key in PEM.
        """
        try:
            key = ECKey.import_key(path.read_bytes())
        except (JoseError, ValueError, OSError) as error:
            raise KeyUnusable(f"{path} holds no readable key in PEM") from error
        return cls.of(key)

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
        public = self.key.as_dict(private=False)
        return {"keys": [{**public, "kid": self.key_id, "use": "sig", "alg": ALGORITHM}]}

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A signed JWT."""
        return jwt.encode({"alg": ALGORITHM, "kid": self.key_id, "typ": "JWT"}, dict(claims), self.key)
