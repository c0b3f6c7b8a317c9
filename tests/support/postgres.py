"""PostgreSQL for tests: one server for the whole run, and servers of their own for tests that break them.

The run's server is a container where THROUGHLINE_POSTGRES_IMAGE names an image that the engine has, else the server out
of the wheel. Those that tests break are always out of the wheel.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from embedded import ports
from embedded.postgres import NOT_DURABLE, PostgresServer, version
from support import postgres_container
from support.shared import Record, SharedFolder

_SETTINGS = {
    "max_connections": "400",
    "shared_buffers": "64MB",
    "scram_iterations": "16",  # hashing passwords on each new connection would be a tenth of an adapter test
    "max_wal_size": "512MB",
    "dynamic_shared_memory_type": "mmap",  # what a killed server leaves behind goes with its folder
}
# Each database lives for one test; vacuuming templates only delays the cloning.
_THROW_AWAY = {"autovacuum": "off", "wal_level": "minimal", "max_wal_senders": "0"}


def shared_server(shared: SharedFolder, *, durable: bool) -> PostgresServer:
    """The run's server, started by whoever asks first; without `durable` its fsync is off."""
    name = "postgres-durable" if durable else "postgres"
    if postgres_container.is_wanted():
        settings = _settings(durable=durable) | ({} if durable else NOT_DURABLE)
        return postgres_container.shared_server(shared, name, settings)
    record = shared.once(name, lambda: _start(shared, name, durable=durable))
    return _server(shared.path / name, record["port"], record["password"], durable=durable)


def _settings(*, durable: bool) -> dict[str, str]:
    return _SETTINGS if durable else _SETTINGS | _THROW_AWAY


def _server(data_dir: Path, port: int, password: str, *, durable: bool) -> PostgresServer:
    return PostgresServer(data_dir, port, password, durable=durable, settings=_settings(durable=durable))


def _start(shared: SharedFolder, name: str, *, durable: bool) -> Record:
    port = ports.assign(shared.path, [name])[name]
    server = _server(shared.path / name, port, secrets.token_urlsafe(12), durable=durable)
    _start_for(shared, server)
    return {"port": port, "password": server.password}


def _start_for(shared: SharedFolder, server: PostgresServer) -> None:
    server.start()
    if (process := server.process) is not None:
        shared.remember(process)
    shared.keep(server)
    shared.note("1-postgres-wheel", f"PostgreSQL {version()} (wheel)")


class BreakablePostgres:
    """A server of one test's own, with fsync on, that the test may stop, kill and start again on the same port."""

    def __init__(self, shared: SharedFolder, name: str) -> None:
        port = ports.assign(shared.path, [name])[name]
        self._shared = shared
        self.server = _server(shared.path / name, port, secrets.token_urlsafe(12), durable=True)

    @property
    def port(self) -> int:
        """Of 127.0.0.1; the same after each restart."""
        return self.server.port

    @property
    def superuser_url(self) -> str:
        """`postgresql://postgres:…@127.0.0.1:port/postgres`."""
        return self.server.superuser_url

    @property
    def is_running(self) -> bool:
        """Whether the server process is there."""
        return self.server.process is not None

    def start(self) -> None:
        """Starts it, with what it had committed; waits until it accepts connections."""
        _start_for(self._shared, self.server)

    def stop(self) -> None:
        """Stops it cleanly: connections are cut, data is flushed."""
        self.server.stop()

    def kill(self) -> None:
        """Ends it and all its backends by SIGKILL; what was committed must be there after the next start."""
        self.server.kill()
