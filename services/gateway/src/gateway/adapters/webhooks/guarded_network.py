"""Connections to the outside: a name is resolved once, every address is judged, and the one judged is connected to.

Were the name given to the connection instead, it would be resolved again, and might lead elsewhere by then.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence

import httpcore

from gateway.domain.webhook_address import AddressRules

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class AddressRefused(Exception):
    """The host leads to no address, or to one that nothing is sent to."""


async def resolved(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, in the order in which the system would try them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """The network as `httpcore` sees it. TLS still verifies the name: only the address is chosen here."""

    def __init__(self, rules: AddressRules, resolve: Resolve = resolved) -> None:
        self._rules = rules
        self._resolve = resolve
        self._inner: httpcore.AsyncNetworkBackend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connects to the host's first address.

        Raises:
            AddressRefused: it has none, or any of them is one that nothing is sent to.
        """
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise AddressRefused("the host is not known") from error
        # One bad address refuses the host: whoever owns the name chooses which of them comes first.
        if not addresses or not all(self._rules.admits(address) for address in addresses):
            raise AddressRefused("the host leads to an address that nothing is sent to")
        return await self._inner.connect_tcp(addresses[0], port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        await self._inner.sleep(seconds)
