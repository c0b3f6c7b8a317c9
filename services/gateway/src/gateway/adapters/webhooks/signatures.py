"""Signatures of requests, as Standard Webhooks has them.

Source: Standard Webhooks specification 1.0, "Signature scheme": HMAC-SHA256 over `{id}.{timestamp}.{body}`.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence

_PREFIX = "whsec_"


def headers_of(message_id: str, timestamp: int, body: bytes, secrets: Sequence[bytes]) -> dict[str, str]:
    """The three headers of a request.

    Args:
        message_id: the same in every try, by which receivers drop repetitions.
        timestamp: seconds since 1970, in real time, of this try.
        body: as it is sent.
        secrets: all that are good at the time; each gives a signature of its own.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    signatures = (base64.b64encode(hmac.digest(secret, signed, "sha256")).decode() for secret in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def shown(secret: bytes) -> str:
    """A secret as people copy it: `whsec_` and base64; empty for none."""
    return f"{_PREFIX}{base64.b64encode(secret).decode()}" if secret else ""
