"""The fixtures that every member's tests may use, and the lines at the end of a run that say what it ran on.

| fixture | scope | gives |
|---|---|---|
| `postgres_server` | session | `embedded.postgres.PostgresServer` of all workers, fsync off; do not stop it |
| `durable_postgres_server` | session | the same with fsync on |
| `breakable_postgres` | function | `support.postgres.BreakablePostgres`, per test, fsync on; `start() stop() kill()` |
| `database_factory` | function | `database_factory("pipeline") -> support.databases.Database`, dropped afterwards |
| `durable_database_factory` | function | the same on the server with fsync on |
| `breakable_database_factory` | function | the same on `breakable_postgres` |
| `kafka_server` | session | `support.kafka.KafkaServer` of all workers; do not stop it |
| `breakable_kafka` | function | a broker of this worker, up when a test begins: `start() stop() kill() wipe()` |
| `breakable_suite` | module | `support.suite.BreakableSuite`: the five services on servers of their own; break it |
| `shared_folder` | session | `support.shared.SharedFolder` of the run |
| `token_issuer` | session | `support.tokens.TokenIssuer`, served on a local port |
| `fake_clock` | function | `support.clock.FakeClock` |
| `free_port` | function | `free_port() -> int`, a port of 127.0.0.1 |
| `quiet_logs` | function | nothing; spares the logs of faults that the test plants |
"""

from __future__ import annotations

import itertools
import logging
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from embedded import ports
from support.clock import FakeClock
from support.databases import DatabaseFactory
from support.postgres import BreakablePostgres
from support.postgres import shared_server as shared_postgres
from support.shared import SharedFolder
from support.tokens import TokenIssuer

if TYPE_CHECKING:
    from embedded.postgres import PostgresServer
    from support.kafka import KafkaServer
    from support.suite import BreakableSuite

_SHARED = pytest.StashKey[SharedFolder]()
_WORKER_INPUT = "throughline_shared_folder"
_numbers = itertools.count(1)


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _folder_of(config: pytest.Config) -> SharedFolder:
    """The run's folder: made by the controlling process when first asked for, handed to workers by xdist."""
    if _SHARED not in config.stash:
        if _is_worker(config):
            config.stash[_SHARED] = SharedFolder.at(config.workerinput[_WORKER_INPUT])  # type: ignore[attr-defined]
        else:
            config.stash[_SHARED] = SharedFolder.make()
    return config.stash[_SHARED]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tells an xdist worker, before it starts, where the run's folder is."""
    node.workerinput[_WORKER_INPUT] = str(_folder_of(node.config).path)


def pytest_configure(config: pytest.Config) -> None:
    """Lets kafka-python be imported where warnings are errors: it calls what only Python 3.11 and 3.12 deprecate."""
    config.addinivalue_line("filterwarnings", "ignore:(read|open)_text is deprecated:DeprecationWarning")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Says which servers the run used, and why not better ones."""
    if (shared := config.stash.get(_SHARED, None)) is not None and (notes := shared.notes()):
        terminalreporter.write_sep("-", "servers of this run")
        for note in notes:
            terminalreporter.write_line(note)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Ends all servers, once the last worker has gone."""
    if not _is_worker(config) and (shared := config.stash.get(_SHARED, None)) is not None:
        shared.close()


@pytest.fixture(scope="session")
def shared_folder(pytestconfig: pytest.Config) -> SharedFolder:
    """The folder that all workers of this run share."""
    return _folder_of(pytestconfig)


@pytest.fixture(scope="session")
def postgres_server(shared_folder: SharedFolder) -> PostgresServer:
    """One server for the run, with fsync off."""
    return shared_postgres(shared_folder, durable=False)


@pytest.fixture(scope="session")
def durable_postgres_server(shared_folder: SharedFolder) -> PostgresServer:
    """One server for the run, with fsync on."""
    return shared_postgres(shared_folder, durable=True)


@pytest.fixture
def breakable_postgres(shared_folder: SharedFolder) -> Iterator[BreakablePostgres]:
    """A running server of this test's own, with fsync on."""
    server = BreakablePostgres(shared_folder, f"{_worker_name()}-postgres-{next(_numbers)}")
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def _session_databases(postgres_server: PostgresServer, shared_folder: SharedFolder) -> Iterator[DatabaseFactory]:
    yield from _factory(postgres_server, shared_folder)


@pytest.fixture
def database_factory(_session_databases: DatabaseFactory) -> Iterator[DatabaseFactory]:
    """`database_factory(service) -> Database` on the run's server; all are dropped after the test."""
    yield _session_databases
    _session_databases.drop_all()


@pytest.fixture
def durable_database_factory(
    durable_postgres_server: PostgresServer, shared_folder: SharedFolder
) -> Iterator[DatabaseFactory]:
    """As `database_factory`, with fsync on."""
    yield from _factory(durable_postgres_server, shared_folder)


@pytest.fixture
def breakable_database_factory(
    breakable_postgres: BreakablePostgres, shared_folder: SharedFolder
) -> Iterator[DatabaseFactory]:
    """As `database_factory`, on a server that the test may break; its databases go with the server."""
    factory = DatabaseFactory(breakable_postgres.server, shared_folder)
    yield factory
    factory.forget()


def _factory(server: PostgresServer, shared: SharedFolder) -> Iterator[DatabaseFactory]:
    factory = DatabaseFactory(server, shared)
    yield factory
    factory.close()


@pytest.fixture(scope="session")
def kafka_server(shared_folder: SharedFolder) -> KafkaServer:
    """One broker for the run: Apache Kafka where the machine has it."""
    from support import kafka  # noqa: PLC0415 (slow to import; most tests need no broker)

    return kafka.shared_server(shared_folder)


@pytest.fixture(scope="session")
def _own_kafka(shared_folder: SharedFolder) -> Iterator[KafkaServer]:
    from support import kafka  # noqa: PLC0415

    server = kafka.new_server(shared_folder, f"{_worker_name()}-kafka")
    yield server
    server.kill()


@pytest.fixture
def breakable_kafka(_own_kafka: KafkaServer) -> KafkaServer:
    """A running broker that only this worker uses; it is started again when the test before left it down."""
    _own_kafka.start()
    return _own_kafka


@pytest.fixture(scope="module")
def breakable_suite(shared_folder: SharedFolder) -> Iterator[BreakableSuite]:
    """The five services on servers of their own, for one module of fault tests."""
    from support import suite  # noqa: PLC0415

    with suite.breakable(shared_folder, f"{_worker_name()}-suite-{next(_numbers)}") as broken:
        yield broken


@pytest.fixture(scope="session")
def token_issuer() -> Iterator[TokenIssuer]:
    """Signs any token that a test wants; services can fetch its keys."""
    with TokenIssuer.start() as issuer:
        yield issuer


@pytest.fixture
def fake_clock() -> FakeClock:
    """A clock that shows a Tuesday morning and stands still."""
    return FakeClock()


@pytest.fixture
def free_port(shared_folder: SharedFolder) -> Callable[[], int]:
    """Gives a port that no other test of this run is given."""

    def give() -> int:
        name = f"{_worker_name()}-{next(_numbers)}"
        return ports.assign(shared_folder.path, [name])[name]

    return give


def _worker_name() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture
def quiet_logs() -> Iterator[None]:
    """Spares the pictures that structlog draws, unconfigured, of each fault that a test plants: seconds of CPU time."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()
