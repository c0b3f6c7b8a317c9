"""Passwords, client secrets and the issuer's key of a data folder: random, made once, readable by their owner alone."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable
from pathlib import Path

from joserfc.jwk import ECKey

from embedded.state import DataFolder, read_json, write_json, write_text

_BYTES = 24
_SEALING_BYTES = 32


class CredentialsLost(RuntimeError):
    """There is a database, but not the file with its password."""


class Credentials:
    """Gives out one secret for each name, the same each time."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self._known: dict[str, str] = read_json(folder.credentials)
        if not self._known and folder.postgres.exists():
            message = (
                f"{folder.credentials} is missing, and with it the password of the database beside it. Put the file "
                f"back, or remove {folder.path} to start with an empty suite."
            )
            raise CredentialsLost(message)

    def secret(self, name: str) -> str:
        """The secret of this name, made now if it is new: 32 characters that need no escaping in a URL."""
        if name not in self._known:
            self._known[name] = secrets.token_urlsafe(_BYTES)
            write_json(self._folder.credentials, self._known)
        return self._known[name]

    def secrets(self, names: Iterable[str], *, prefix: str) -> dict[str, str]:
        """The secrets `<prefix>:<name>` of several, by name."""
        return {name: self.secret(f"{prefix}:{name}") for name in names}

    def ensure_sealing_key(self) -> None:
        """Makes the key by which the gateway seals secrets (AES-256, base64), unless it is there."""
        if not self._folder.sealing_key.exists():
            write_text(self._folder.sealing_key, base64.b64encode(secrets.token_bytes(_SEALING_BYTES)).decode("ascii"))

    def ensure_issuer_key(self) -> None:
        """Makes the private key that the built-in issuer signs with (P-256 for ES256, PEM), unless it is there."""
        _ensure_signing_key(self._folder.issuer_key)

    def ensure_api_key_signing_key(self) -> None:
        """Makes the private key of the issuer behind API keys, unless it is there."""
        _ensure_signing_key(self._folder.api_key_signing_key)


def _ensure_signing_key(path: Path) -> None:
    if not path.exists():
        key = ECKey.generate_key("P-256", private=True)
        write_text(path, key.as_pem(private=True).decode("ascii"))
