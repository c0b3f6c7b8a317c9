"""How we show a Kafka broker who we are, and whom we believe to be the broker."""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kafka.errors import KafkaError, for_code
from kafka.net.sasl.scram import SaslMechanismScram

_MECHANISM = "SCRAM-SHA-512"
_CONNECTED_WITHIN_S = 2.0
_REFUSED_WITHIN_S = 0.3
"""A broker that refuses a certificate says so at once; one that takes it waits for our first request."""


class BrokerUntrusted(KafkaError):
    """What answers shows no certificate of the authority that we believe, or one for another name."""


class CertificateRefused(KafkaError):
    """The broker does not take our certificate, or wants one that we do not show."""


class PasswordRefused(KafkaError):
    """The broker does not know the name, or it has another password, or it takes no passwords."""


@dataclass(frozen=True, slots=True)
class KafkaLogin:
    """Over TLS, by a certificate, or by a name and a password (SCRAM-SHA-512).

    Every new connection reads the files again, so that a renewed certificate needs no restart.
    """

    authority_file: Path
    certificate_file: Path | None = None
    key_file: Path | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def options(self) -> dict[str, Any]:
        """As kafka-python takes them."""
        options = {"security_protocol": "SSL", "ssl_cafile": str(self.authority_file)}
        if self.username is not None:
            by_password = {"sasl_plain_username": self.username, "sasl_plain_password": self.password}
            return {**options, "security_protocol": "SASL_SSL", "sasl_mechanism": _MECHANISM, **by_password}
        return {**options, "ssl_certfile": str(self.certificate_file), "ssl_keyfile": str(self.key_file)}

    def check(self, addresses: Iterable[str]) -> None:
        """Logs in to the first of the brokers that answers, and leaves. Blocks, where all is well for milliseconds by
        password and for as long as a refusal of our certificate might take (0.3 s) without one.

        kafka-python takes a bad certificate for a broker that is away: it tries again for half a minute and then says
        that it ran out of time. So it does with a bad password, as it drops an answer that comes together with the
        connection's end.

        Args:
            addresses: `host:port` of each.
        Raises:
            BrokerUntrusted: we do not believe it.
            CertificateRefused, PasswordRefused: it does not believe us.
        """
        context = self._context()
        for address in addresses:
            host, _, port = address.rpartition(":")
            place = (host.strip("[]"), int(port))
            with suppress(OSError):  # it is away, which kafka-python knows how to wait for
                with socket.create_connection(place, timeout=_CONNECTED_WITHIN_S) as connected:
                    self._shake_hands(context, connected, address)
                return

    def _shake_hands(self, context: ssl.SSLContext, connected: socket.socket, address: str) -> None:
        host = address.rpartition(":")[0].strip("[]")
        try:
            with context.wrap_socket(connected, server_hostname=host) as protected:
                if self.username is not None:
                    self._say_password(protected, address)
                    return
                protected.settimeout(_REFUSED_WITHIN_S)
                with suppress(TimeoutError):
                    protected.recv(1)
        except ssl.SSLCertVerificationError as fault:
            raise BrokerUntrusted(f"{address}: {fault.verify_message}; see {self.authority_file}") from fault
        except ssl.SSLError as fault:
            said = (fault.reason or str(fault)).lower().replace("_", " ")
            shown = "we show none" if self.username is not None else f"see {self.certificate_file}"
            raise CertificateRefused(f"{address}: {said}; {shown}") from fault

    def _say_password(self, connection: ssl.SSLSocket, address: str) -> None:
        code, _ = _asked(connection, _HANDSHAKE, 1, struct.pack(">h", len(_MECHANISM)) + _MECHANISM.encode())
        if code:
            raise PasswordRefused(f"{address} does not take {_MECHANISM}: {for_code(code).__name__}")
        mechanism = SaslMechanismScram(**self.options)
        while not mechanism.is_done():
            said = mechanism.auth_bytes()
            code, answer = _asked(connection, _AUTHENTICATE, 0, struct.pack(">i", len(said)) + said)
            if code:
                raise PasswordRefused(f"{address} refuses {self.username}: {for_code(code).__name__}")
            begin = 2 + max(0, struct.unpack_from(">h", answer)[0])
            (length,) = struct.unpack_from(">i", answer, begin)
            mechanism.receive(answer[begin + 4 : begin + 4 + length])

    def _context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.authority_file)
        if self.certificate_file is not None and self.username is None:
            context.load_cert_chain(self.certificate_file, self.key_file)
        return context


_HANDSHAKE, _AUTHENTICATE = 17, 36
"""Numbers of the two requests of a login in Kafka's protocol (KIP-152)."""


def _asked(connection: ssl.SSLSocket, kind: int, version: int, body: bytes) -> tuple[int, bytes]:
    """Sends a request, and gives the error code and the rest of its answer."""
    request = struct.pack(">hhih", kind, version, 0, -1) + body
    connection.sendall(struct.pack(">i", len(request)) + request)
    (length,) = struct.unpack(">i", _read(connection, 4))
    answer = _read(connection, length)
    _, code = struct.unpack_from(">ih", answer)
    return code, answer[6:]


def _read(connection: ssl.SSLSocket, length: int) -> bytes:
    """So many bytes.

    Raises:
        OSError: the broker left before.
    """
    read = b""
    while len(read) < length:
        if not (came := connection.recv(length - len(read))):
            raise ConnectionResetError("the broker left")
        read += came
    return read
