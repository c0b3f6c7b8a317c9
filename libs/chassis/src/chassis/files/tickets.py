"""Tickets: short-lived, signed permissions to send or to fetch the bytes of one file.

A ticket reads `<service>.<tenant>.<JWS>`: the gateway sees whom to ask, and only that service can tell whether it is
genuine. So the key never leaves the service, and a file that was removed meanwhile is told at once.
"""

import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import OctKey

from chassis.errors import Forbidden
from chassis.files.file import FileId, Variant
from chassis.ids import TenantId

_ALGORITHM = "HS256"
UPLOAD_S = 3600
DOWNLOAD_S = 300


class Use(StrEnum):
    """What a ticket is for."""

    UPLOAD = "upload"
    DOWNLOAD = "download"
    LINK = "link"


class TicketInvalid(Forbidden):
    """The ticket is no genuine one of ours, is over, or is for something else."""

    reason = "FILE_TICKET_INVALID"

    def __init__(self, detail: str) -> None:
        super().__init__("file")
        self.message = f"The ticket is not good: {detail}."
        self.metadata = {"detail": detail}


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a ticket permits, to whom."""

    use: Use
    tenant_id: TenantId
    file_id: FileId
    holder: str
    """`person:<id>` or `service:<name>` who asked for it; of a link its id."""
    size: int
    kind: str
    variant: Variant = Variant.ORIGINAL


class Tickets:
    """Signs and reads the tickets of one service.

    Args:
        service: name of the service, for example `pipeline`.
        keys: each at least 32 characters, the same in all processes of the service. The first signs, all are taken.
        now_s: real time in seconds since 1970: tickets do not follow the business clock.
    """

    def __init__(self, service: str, keys: Sequence[str], now_s: Callable[[], float] = time.time) -> None:
        self._service = service
        self._keys = [OctKey.import_key(key) for key in keys]
        self._now_s = now_s

    def seal(self, ticket: Ticket, *, lifetime_s: float) -> tuple[str, float]:
        """The ticket as text, and when it ends, in seconds since 1970."""
        ends_s = int(self._now_s() + lifetime_s)
        claims = {
            "use": ticket.use.value,
            "tenant": ticket.tenant_id,
            "file": ticket.file_id,
            "holder": ticket.holder,
            "size": ticket.size,
            "kind": ticket.kind,
            "variant": ticket.variant.value,
            "exp": ends_s,
        }
        signed = jws.serialize_compact({"alg": _ALGORITHM}, json.dumps(claims), self._keys[0], algorithms=[_ALGORITHM])
        return f"{self._service}.{ticket.tenant_id}.{signed}", ends_s

    def open(self, text: str, tenant_id: TenantId) -> Ticket:
        """What the ticket permits.

        Raises:
            TicketInvalid: it is not genuine, is over, or is of another tenant.
        """
        try:
            claims = json.loads(self._payload(text.split(".", 2)[-1]))
            is_over = claims["exp"] <= self._now_s()
            ticket = Ticket(
                Use(claims["use"]),
                TenantId(claims["tenant"]),
                FileId(claims["file"]),
                claims["holder"],
                claims["size"],
                claims["kind"],
                Variant(claims["variant"]),
            )
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise TicketInvalid("it is not genuine") from error
        if is_over:
            raise TicketInvalid("it is over")
        if ticket.tenant_id != tenant_id:
            raise TicketInvalid("it is of another tenant")
        return ticket

    def _payload(self, signed: str) -> bytes:
        """What one of the keys has signed. There are one or two of them, so each is tried rather than named."""
        for key in self._keys[:-1]:
            with suppress(BadSignatureError):
                return jws.deserialize_compact(signed, key, algorithms=[_ALGORITHM]).payload
        return jws.deserialize_compact(signed, self._keys[-1], algorithms=[_ALGORITHM]).payload


def addressee(text: str) -> tuple[str, TenantId]:
    """Name of the service that can read the ticket, and the tenant that it claims to be of.

    Raises:
        TicketInvalid: it has not the form of a ticket.
    """
    parts = text.split(".", 2)
    if len(parts) != 3 or not all(parts):
        raise TicketInvalid("it has not the form of a ticket")
    return parts[0], TenantId(parts[1])
