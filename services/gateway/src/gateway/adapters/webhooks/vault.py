"""Seals secrets with a key that is not in the database: AES-256-GCM, bound to the tenant's thing they belong to."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chassis.errors import Unreachable

_KEY_BYTES = 32
_NAME_BYTES = 4
_NONCE_BYTES = 12


class SealingKeyUnusable(ValueError):
    """A line of the file is no key."""


@dataclass(frozen=True, slots=True)
class Vault:
    """Seals with the first key and opens with any; a sealed secret begins with the short name of its key."""

    keys: Mapping[bytes, bytes] = field(repr=False)
    """By name, in the order of the file; none where there is no file."""

    @classmethod
    def read(cls, path: Path | None) -> Vault:
        """Reads a file with one key a line, 32 bytes in base64. A new one is put before the others, which stay.

        Raises:
            SealingKeyUnusable: a line holds something else; says which.
        """
        lines = path.read_text(encoding="ascii").split() if path else []
        keys = [_key(number, line) for number, line in enumerate(lines, start=1)]
        if path and not keys:
            raise SealingKeyUnusable(f"{path} holds no key")
        return cls({hashlib.sha256(key).digest()[:_NAME_BYTES]: key for key in keys})

    @property
    def is_open(self) -> bool:
        """Whether there is a key to seal with."""
        return bool(self.keys)

    def seal(self, secret: bytes, owner: str) -> bytes:
        """The secret, readable with this owner's name alone."""
        name, key = next(iter(self.keys.items()))
        nonce = os.urandom(_NONCE_BYTES)
        return name + nonce + AESGCM(key).encrypt(nonce, secret, owner.encode())

    def open(self, sealed: bytes, owner: str) -> bytes:
        """The secret.

        Raises:
            Unreachable: the key that it was sealed with is not here, or it was sealed for another owner.
        """
        name, nonce = sealed[:_NAME_BYTES], sealed[_NAME_BYTES : _NAME_BYTES + _NONCE_BYTES]
        key = self.keys.get(name)
        if key is None:
            raise Unreachable("sealing key")
        try:
            return AESGCM(key).decrypt(nonce, sealed[_NAME_BYTES + _NONCE_BYTES :], owner.encode())
        except InvalidTag as error:
            raise Unreachable("sealing key") from error


def _key(number: int, line: str) -> bytes:
    try:
        key = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_BYTES:
        raise SealingKeyUnusable(f"line {number} is no key of {_KEY_BYTES} bytes in base64")
    return key
