"""Runs the application under uvicorn, inside the process that the chassis runs."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from gateway.adapters.http.exchange import Scope
from gateway.adapters.http.front import Application, Receive, Send


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves signals to the process, which has more to stop than this server."""
        yield


class HttpServer:
    """One listener."""

    def __init__(
        self,
        application: Application,
        listen: str,
        *,
        trusted_proxies: str = "127.0.0.1",
        grace_s: float = 20.0,
        end_streams: Callable[[], None] = lambda: None,
    ) -> None:
        """Takes what it serves.

        Args:
            application: ASGI 3.
            listen: `host:port`; port 0 picks a free one, which `port` tells.
            trusted_proxies: whose `X-Forwarded-For` is believed.
            grace_s: how long running requests may take to end once the server stops.
            end_streams: called before that: streams stay open as long as clients like, which is no reason to wait.
        """
        self._application = application
        self._listen = listen
        self._trusted_proxies = trusted_proxies
        self._grace_s = grace_s
        self._end_streams = end_streams
        self._is_retiring = False
        self.port = 0
        """Where it listens, once it does."""

    def retire(self) -> None:
        """From now on every answer asks its client to connect anew next time, which will lead to another process.

        Without it a proxy would send its next request over a connection that is being closed at that very moment.
        """
        self._is_retiring = True

    async def run(self) -> None:
        """Serves until cancelled, then lets running requests end.

        Raises:
            OSError: the address cannot be bound.
        """
        host, _, port = self._listen.rpartition(":")
        host = host.strip("[]")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # Bound here, as uvicorn ends the whole process where it cannot bind.
        listener = socket.create_server((host, int(port)), family=family, backlog=2048)
        self.port = listener.getsockname()[1]
        server = _Server(self._config())
        serving = asyncio.ensure_future(server.serve([listener]))
        try:
            await asyncio.shield(serving)
        finally:
            self._end_streams()
            server.should_exit = True
            await asyncio.gather(serving, return_exceptions=True)
            listener.close()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def parting(message: Any) -> None:
            if self._is_retiring and message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", []), (b"connection", b"close")]}
            await send(message)

        await self._application(scope, receive, parting)

    def _config(self) -> uvicorn.Config:
        application: Any = self._answer
        return uvicorn.Config(
            application,
            http="httptools",
            ws="none",
            lifespan="off",
            interface="asgi3",
            access_log=False,
            log_config=None,
            server_header=False,
            forwarded_allow_ips=self._trusted_proxies,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=max(1, round(self._grace_s)),
        )
