"""Gives out tokens: to services for their client secret, and to the operator for people of a development profile."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chassis.identity import OPERATOR, SERVICE_PREFIX
from chassis.ids import is_id, new_id
from gateway.issuer.signing_key import SigningKey

AUDIENCE = "throughline"
LIFE_S = 3600

_NOBODY = "no client has this secret, so that an unknown id takes as long to refuse as a known one"
_LONGEST_SUBJECT = 200


class TokenRefused(Exception):
    """No token. `code` is an error code of RFC 6749, section 5.2."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description


@dataclass(frozen=True, slots=True)
class BuiltInIssuer:
    """One issuer with one key."""

    url: str
    """`iss` of all tokens."""
    key: SigningKey
    clients: Mapping[str, str] = field(repr=False)
    """Secret by client id; the client `lead-router` becomes the subject `service:lead-router`."""
    now: Callable[[], float] = time.time

    def for_client(self, client_id: str, secret: str) -> str:
        """A token for a service, by its own credentials.

        Raises:
            TokenRefused: the credentials are wrong.
        """
        self._authenticate(client_id, secret)
        return self._sign({"sub": f"{SERVICE_PREFIX}{client_id}"})

    def for_person(self, client_id: str, secret: str, tenant_id: str, subject: str) -> str:
        """A token for a person, asked for by the operator.

        Raises:
            TokenRefused: the credentials are not the operator's, or tenant and subject are no ids.
        """
        self._authenticate(client_id, secret)
        if f"{SERVICE_PREFIX}{client_id}" != OPERATOR:
            raise TokenRefused("unauthorized_client", "only the operator may ask for tokens of people")
        if not is_id(tenant_id):
            raise TokenRefused("invalid_request", "tenant_id must be a UUID")
        if not 0 < len(subject) <= _LONGEST_SUBJECT or subject.startswith(SERVICE_PREFIX):
            raise TokenRefused(
                "invalid_request", f"subject must have 1 to {_LONGEST_SUBJECT} characters, of no service"
            )
        return self._sign({"sub": subject, "tenant": tenant_id.lower()})

    def _authenticate(self, client_id: str, secret: str) -> None:
        known = self.clients.get(client_id)
        is_right = hmac.compare_digest((known or _NOBODY).encode(), secret.encode("utf-8", "surrogateescape"))
        if known is None or not is_right:
            raise TokenRefused("invalid_client", "client id or secret is wrong")

    def _sign(self, claims: Mapping[str, Any]) -> str:
        issued_at = int(self.now())
        standard = {"iss": self.url, "aud": AUDIENCE, "iat": issued_at, "exp": issued_at + LIFE_S, "jti": new_id()}
        return self.key.sign({**standard, **claims})
