"""Where requests to the outside may go: public hosts, over TLS. Nothing inside can be reached by naming it cleverly.

A URL is judged when it is saved, for its form, and every address that its host leads to is judged anew for each
connection: what a name leads to may change between the two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from chassis.errors import Violation

HTTPS_PORT = 443
_FIRST_FREE_PORT = 1024
"""Below it, but for 443, live services that would make something of a stranger's request."""
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)
_NUMERIC = re.compile(r"0x[0-9a-f]*|[0-9]+", re.IGNORECASE)
_LOCAL_NAMES = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".svc", ".cluster.local")
# Each carries an IPv4 address inside, by which a gateway on the way may reach what we would refuse.
_TRANSLATED = tuple(
    ip_network(network)
    for network in ("::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
)
_SITE_LOCAL = ip_network("fec0::/10")


@dataclass(frozen=True, slots=True)
class AddressRules:
    """What may be reached."""

    allows_loopback: bool = False
    """Development and tests only: plain `http` to this very machine as well."""

    def url_faults(self, url: str) -> list[Violation]:
        """Everything that speaks against the URL by its form alone."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return [_fault("url.malformed", "is no URL")]
        if (
            not parts.hostname
            or not url.isascii()
            or any(character <= " " or character in "\\\x7f" for character in url)
        ):
            return [_fault("url.malformed", "is no URL with a host, in ASCII; write other scripts as xn--…")]
        return list(self._faults(parts, parts.hostname, port))

    def _faults(self, parts: SplitResult, host: str, port: int | None) -> Iterator[Violation]:
        is_own = self.allows_loopback and host in ("127.0.0.1", "::1", "localhost")
        if parts.scheme != "https" and not (is_own and parts.scheme == "http"):
            yield _fault("url.scheme", "must begin with https://")
        if parts.username is not None or parts.password is not None:
            yield _fault("url.credentials", "must hold no name and no password")
        if parts.fragment:
            yield _fault("url.fragment", "must have no fragment")
        if port is not None and port != HTTPS_PORT and port < _FIRST_FREE_PORT:
            yield _fault("url.port", f"must be {HTTPS_PORT} or from {_FIRST_FREE_PORT}")
        if not is_own and (said := _host_fault(host)):
            yield _fault("url.host", said)

    def admits(self, address: str) -> bool:
        """Whether a connection may be made to an address, as text in its usual form."""
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return is_public(parsed) or (self.allows_loopback and parsed.is_loopback)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is one of the open internet: not private, shared, loopback, link-local, multicast or reserved,
    and no IPv6 address that carries an IPv4 one."""
    if isinstance(address, IPv6Address) and (
        address.scope_id is not None or address in _SITE_LOCAL or any(address in network for network in _TRANSLATED)
    ):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _host_fault(host: str) -> str:
    """What speaks against a host's name; empty for nothing."""
    bare = host.removesuffix(".").lower()
    try:
        literal = ip_address(bare)
    except ValueError:
        return _name_fault(bare)
    return "" if is_public(literal) else "must be a public address"


def _name_fault(name: str) -> str:
    labels = name.split(".")
    # `127.1`, `0x7f000001`, `0177.0.0.1` and `2130706433` are all 127.0.0.1 to some resolver.
    if _NUMERIC.fullmatch(labels[-1]):
        return "must be a name, or an address in its usual form"
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return "must be a host name"
    if len(labels) < 2 or f".{name}".endswith(_LOCAL_NAMES):
        return "must be a public name"
    return ""


def _fault(reason: str, message: str) -> Violation:
    return Violation("spec.url", reason, message)
