"""A small TCP proxy that does to connections what bad networks do.

Kernel delay emulation needs root and a module that is often missing, so this stands between a client and a server
instead. Threads, not asyncio, so that it serves blocking clients in the test's own thread as well.
"""

from __future__ import annotations

import random
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from embedded import ports

_CHUNK = 65_536
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER with no time: closing sends RST instead of FIN


class TcpProxy:
    """Listens on `port` of 127.0.0.1 and forwards to `target_port`; healthy until told otherwise.

    Every fault holds for present and new connections until `heal()`.
    """

    def __init__(self, target_port: int, *, port: int | None = None, seed: int = 0) -> None:
        self.target_port = target_port
        self._random = random.Random(seed)
        self._listener = socket.create_server((ports.HOST, port or 0))
        self.port: int = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._flowing = threading.Event()
        self._flowing.set()
        self._refusing = False
        self._closed = False
        self._delay_s = self._jitter_s = 0.0
        self._bytes_left: int | None = None
        self.bytes_forwarded = 0
        self._thread = threading.Thread(target=self._accept, name=f"tcp-proxy-{self.port}", daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Host and port to give to clients."""
        return f"{ports.HOST}:{self.port}"

    @property
    def connections(self) -> int:
        """How many clients are connected through it."""
        with self._lock:
            return len(self._open) // 2

    def delay(self, seconds: float, *, jitter_s: float = 0.0) -> None:
        """Holds each chunk back, in both directions, by `seconds` plus a random part of up to `jitter_s`."""
        self._delay_s, self._jitter_s = seconds, jitter_s

    def cut(self) -> None:
        """Resets all connections and every new one, as when the server's machine is gone."""
        self._refusing = True
        self._reset_all()

    def reset_connections(self) -> None:
        """Resets the present connections once; clients may connect again at once."""
        self._reset_all()

    def half_open(self) -> None:
        """Keeps connections open, and accepts more, but nothing passes: the peer is silent, not gone.

        What is sent meanwhile is held and passes after `heal()`, as after a partition shorter than TCP's patience.
        """
        self._flowing.clear()

    def limit_bytes(self, count: int) -> None:
        """Lets `count` more bytes pass, both directions together, then resets in the middle of whatever passes."""
        with self._lock:
            self._bytes_left = count

    def heal(self) -> None:
        """Ends all faults."""
        self._refusing = False
        self._delay_s = self._jitter_s = 0.0
        with self._lock:
            self._bytes_left = None
        self._flowing.set()

    def close(self) -> None:
        """Resets all connections and stops listening."""
        self._closed = True
        self._flowing.set()
        # Closing a listening socket does not wake the thread that accepts on it; shutting it down does.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._reset_all()
        self._thread.join()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._refusing or self._closed:
                _reset(client)
                continue
            try:
                server = socket.create_connection((ports.HOST, self.target_port), timeout=10)
            except OSError:
                _reset(client)
                continue
            server.settimeout(None)
            with self._lock:
                self._open |= {client, server}
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while chunk := source.recv(_CHUNK):
                self._hold_back()
                allowed = self._allow(len(chunk))
                sink.sendall(chunk[:allowed])
                self.bytes_forwarded += allowed
                if allowed < len(chunk):
                    break
            else:
                with self._lock:
                    if source in self._open:  # else a reset woke us, and an orderly end must not come before it
                        sink.shutdown(socket.SHUT_WR)
                return
        except OSError:
            pass  # one side is gone; the other is told below
        self._drop(source, sink)

    def _hold_back(self) -> None:
        if pause_s := self._delay_s + self._random.uniform(0, self._jitter_s):
            time.sleep(pause_s)
        self._flowing.wait()

    def _allow(self, wanted: int) -> int:
        with self._lock:
            if self._bytes_left is None:
                return wanted
            allowed = min(wanted, self._bytes_left)
            self._bytes_left -= allowed
            return allowed

    def _reset_all(self) -> None:
        with self._lock:
            doomed = list(self._open)
        self._drop(*doomed)

    def _drop(self, *sockets: socket.socket) -> None:
        with self._lock:
            self._open.difference_update(sockets)
        for one in sockets:
            _reset(one)


def _reset(connection: socket.socket) -> None:
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        # Wakes a thread that waits in recv; close alone would leave it there, holding the connection open.
        connection.shutdown(socket.SHUT_RD)
    except OSError:
        pass  # the peer was faster
    connection.close()


@contextmanager
def proxied(target_port: int, *, port: int | None = None, seed: int = 0) -> Iterator[TcpProxy]:
    """A proxy before `target_port`, closed at the end."""
    proxy = TcpProxy(target_port, port=port, seed=seed)
    try:
        yield proxy
    finally:
        proxy.close()
