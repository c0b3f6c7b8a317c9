"""A channel that takes up renewed certificates, for gRPC keeps those that a channel was opened with.

Stubs are made once, at start, and hold on to what the channel gave them for each method. So this one gives them
something that asks, at each call, for the channel of today.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Self

import grpc

from chassis.transport_security import ClientCertificates

_LOOK_EVERY_S = 1.0
"""So long files are believed not to have changed."""
_LAST_CALLS_S = 300.0
"""As long as any call may take, streams included."""

Open = Callable[[grpc.ChannelCredentials], grpc.aio.Channel]


class RenewedChannel(grpc.aio.Channel):
    """Opens a new channel when the files have changed; the old one closes when its calls have ended.

    Args:
        certificates: of this process.
        open_channel: opens a channel that shows them.
    """

    def __init__(self, certificates: ClientCertificates, open_channel: Open) -> None:
        self._certificates = certificates
        self._open = open_channel
        self._seen, credentials = certificates.read()
        self._channel = open_channel(credentials)
        self._looked_at = time.monotonic()
        self._leaving: set[asyncio.Task[None]] = set()

    def current(self) -> grpc.aio.Channel:
        """The channel of today."""
        if time.monotonic() >= self._looked_at + _LOOK_EVERY_S:
            self._looked_at = time.monotonic()
            if (renewed := self._certificates.read_if_changed(self._seen)) is not None:
                self._seen, credentials = renewed
                self._leave(self._channel)
                self._channel = self._open(credentials)
        return self._channel

    def _leave(self, channel: grpc.aio.Channel) -> None:
        task = asyncio.create_task(channel.close(_LAST_CALLS_S))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    def unary_unary(self, method: str, *given: Any, **named: Any) -> Any:
        """As of any channel."""
        return _Method(self, lambda channel: channel.unary_unary(method, *given, **named))

    def unary_stream(self, method: str, *given: Any, **named: Any) -> Any:
        """As of any channel."""
        return _Method(self, lambda channel: channel.unary_stream(method, *given, **named))

    def stream_unary(self, method: str, *given: Any, **named: Any) -> Any:
        """As of any channel."""
        return _Method(self, lambda channel: channel.stream_unary(method, *given, **named))

    def stream_stream(self, method: str, *given: Any, **named: Any) -> Any:
        """As of any channel."""
        return _Method(self, lambda channel: channel.stream_stream(method, *given, **named))

    async def close(self, grace: float | None = None) -> None:
        """Closes it, and what is left of earlier ones."""
        for task in self._leaving:
            task.cancel()
        await asyncio.gather(*self._leaving, return_exceptions=True)
        await self._channel.close(grace)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        """Of the channel of today."""
        return self.current().get_state(try_to_connect)

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        """Of the channel of today."""
        await self.current().wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        """Of the channel of today."""
        await self.current().channel_ready()


class _Method:
    """A method of whichever channel is the one of today."""

    def __init__(self, channel: RenewedChannel, of: Callable[[grpc.aio.Channel], Any]) -> None:
        self._channel = channel
        self._of = of
        self._owner: grpc.aio.Channel | None = None
        self._callable: Any = None

    def __call__(self, *given: Any, **named: Any) -> Any:
        channel = self._channel.current()
        if channel is not self._owner:
            self._owner, self._callable = channel, self._of(channel)
        return self._callable(*given, **named)
