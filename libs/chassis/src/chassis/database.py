"""PostgreSQL as every service uses it: one login, two roles, a tenant in each transaction.

The login role is a member of two others and inherits from neither. `<service>_app` sees the rows of one tenant, by
row-level security; `<service>_system` may claim work across tenants in the chassis' own tables and nothing else. A
transaction begins by one statement that takes a role, sets the tenant and reads the business clock.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter
from typing import Any
from weakref import WeakSet

from opentelemetry.metrics import CallbackOptions, Observation
from sqlalchemy import Executable, Row, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool

from chassis import metric_names as names
from chassis import telemetry
from chassis.audit import AuditTrail
from chassis.durable_processes import ProcessSchedule
from chassis.errors import Unreachable
from chassis.idempotency import Answers
from chassis.ids import TenantId
from chassis.outbox import Outbox
from chassis.timers import TimerSchedule

_BEGIN = text(
    "SELECT set_config('role', :role, true), set_config('throughline.tenant', :tenant, true),"
    " clock_timestamp() + clock_offset FROM business_clock"
)
_pool_wait = telemetry.histogram(names.POOL_WAIT)
_pool_timeouts = telemetry.counter(names.POOL_TIMEOUTS)
SqlRow = Row[*tuple[Any, ...]]
"""A row of a textual statement; the caller knows its columns."""
_DEADLOCK, _SERIALIZATION, _LOCK_TIMEOUT = "40P01", "40001", "55P03"


@dataclass(slots=True)
class Transaction:
    """One transaction of one tenant. Events, audit rows and timers written through it commit with everything else."""

    connection: AsyncConnection
    tenant_id: TenantId
    now: datetime
    """Business time, read when the transaction began."""
    outbox: Outbox = field(init=False)
    audit: AuditTrail = field(init=False)
    timers: TimerSchedule = field(init=False)
    processes: ProcessSchedule = field(init=False)
    answers: Answers = field(init=False)
    _after_commit: list[Callable[[], None]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.outbox = Outbox(self.connection, self.tenant_id, self.now)
        self.audit = AuditTrail(self.connection, self.tenant_id, self.now)
        self.timers = TimerSchedule(self.connection, self.tenant_id)
        self.processes = ProcessSchedule(self.connection, self.tenant_id)
        self.answers = Answers(self.connection, self.tenant_id)

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Calls `callback` once the transaction is durable; never when it is rolled back."""
        self._after_commit.append(callback)

    async def flush(self) -> None:
        """Writes the events and audit rows that are still in memory."""
        await self.outbox.flush()
        await self.audit.flush()

    def committed(self) -> None:
        """Runs the callbacks of `after_commit`."""
        for callback in self._after_commit:
            callback()


_ambient: ContextVar[Transaction | None] = ContextVar("ambient_transaction", default=None)


def current_transaction() -> Transaction | None:
    """The transaction of the event or timer that is being handled, which use cases join; None elsewhere."""
    return _ambient.get()


@contextmanager
def joined(transaction: Transaction) -> Iterator[None]:
    """Makes every unit of work inside the block part of `transaction`."""
    mark = _ambient.set(transaction)
    try:
        yield
    finally:
        _ambient.reset(mark)


class Database:
    """The database of one service. Open it by `Database.open`."""

    def __init__(self, engine: AsyncEngine, service: str) -> None:
        prefix = service.replace("-", "_")
        self.engine = engine
        self.service = service
        self.app_role = f"{prefix}_app"
        self.system_role = f"{prefix}_system"
        self._when_events_commit: list[Callable[[], None]] = []
        self._when_timers_commit: list[Callable[[], None]] = []
        self._labels = {names.POOL_NAME: service}
        self.pending = 0
        """Who waits for a connection of the pool now."""
        _databases.add(self)
        _pool_timeouts.add(0, {names.POOL_NAME: service})  # a rise from nothing is seen by nobody

    @classmethod
    @asynccontextmanager
    async def open(
        cls, url: str, *, service: str, pool_size: int = 20, pool_wait_s: float = 5
    ) -> AsyncIterator["Database"]:
        """Opens a pool of at most `pool_size` connections; nothing connects before the first transaction.

        Args:
            url: SQLAlchemy URL of the login role, with the driver asyncpg.
            service: name as in topics, for example `lead-router`; the roles derive from it.
            pool_size: most connections at a time.
            pool_wait_s: how long to wait for one of them to come free, in seconds.
        """
        engine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=pool_wait_s,
            # The connection used last is used next: a calm service lives on a few, and every connection that has served
            # once holds its statements prepared, here and in PostgreSQL.
            pool_use_lifo=True,
            hide_parameters=True,  # errors are logged, and rows hold personal data
            connect_args={"timeout": 5, "server_settings": {"application_name": service, "jit": "off"}},
        )
        try:
            yield cls(engine, service)
        finally:
            await engine.dispose()

    def when_events_commit(self, callback: Callable[[], None]) -> None:
        """Calls `callback` after each commit that left events in the outbox: how the relay in this process wakes."""
        self._when_events_commit.append(callback)

    def when_timers_commit(self, callback: Callable[[], None]) -> None:
        """Calls `callback` after each commit that set deadlines: how the timer runner in this process wakes."""
        self._when_timers_commit.append(callback)

    @asynccontextmanager
    async def transaction(self, tenant_id: TenantId) -> AsyncIterator[Transaction]:
        """A transaction that sees the rows of one tenant. Leaving by an exception rolls it back.

        Raises:
            Unreachable: PostgreSQL does not answer, or no connection of the pool came free.
        """
        async with self._begin(self.app_role, tenant_id) as transaction:
            yield transaction

    @asynccontextmanager
    async def system(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that may claim work across tenants, in the chassis' own tables only.

        Raises:
            Unreachable: PostgreSQL does not answer.
        """
        async with self._begin(self.system_role, TenantId("")) as transaction:
            yield transaction.connection

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """A connection under the login, without a role: for what outlives a transaction, such as leadership.

        Raises:
            Unreachable: PostgreSQL does not answer, or no connection of the pool came free.
        """
        connection = await self._connect()
        try:
            yield connection
        finally:
            await connection.close()

    async def become_tenant(self, connection: AsyncConnection, tenant_id: TenantId) -> Transaction:
        """Turns a system transaction into one of the tenant, so that claim and effect commit together."""
        _, _, now = (await connection.execute(_BEGIN, {"role": self.app_role, "tenant": tenant_id})).one()
        return Transaction(connection, tenant_id, now)

    async def finish(self, transaction: Transaction) -> None:
        """Writes what a claimed transaction still holds in memory; the caller commits right after."""
        await transaction.flush()
        callbacks = self._when_events_commit if transaction.outbox.appended else []
        for callback in [*callbacks, *(self._when_timers_commit if transaction.timers.have_been_set else [])]:
            transaction.after_commit(callback)

    async def _connect(self) -> AsyncConnection:
        asked_s = perf_counter()
        self.pending += 1
        try:
            with _driver_errors():
                connection = await self.engine.connect()
        except Unreachable as error:
            if isinstance(error.__cause__, PoolTimeout):
                _pool_timeouts.add(1, self._labels)
            raise
        finally:
            self.pending -= 1
        _pool_wait.record(perf_counter() - asked_s, self._labels)
        return connection

    @asynccontextmanager
    async def _begin(self, role: str, tenant_id: TenantId) -> AsyncIterator[Transaction]:
        connection = await self._connect()
        try:
            with _driver_errors():
                async with connection.begin():
                    _, _, now = (await connection.execute(_BEGIN, {"role": role, "tenant": tenant_id})).one()
                    transaction = Transaction(connection, tenant_id, now)
                    yield transaction
                    await self.finish(transaction)
            transaction.committed()
        finally:
            await connection.close()


_databases: WeakSet[Database] = WeakSet()


def _pools() -> Iterator[tuple[Database, QueuePool]]:
    for database in _databases:
        if isinstance(pool := database.engine.sync_engine.pool, QueuePool):
            yield database, pool


def _connections(_: CallbackOptions) -> Iterable[Observation]:
    for database, pool in _pools():
        for state, count in (("used", pool.checkedout()), ("idle", pool.checkedin())):
            yield Observation(count, {names.POOL_NAME: database.service, names.CONNECTION_STATE: state})


telemetry.gauge(names.POOL_CONNECTIONS, _connections)
telemetry.gauge(
    names.POOL_MOST, lambda _: [Observation(pool.size(), {names.POOL_NAME: each.service}) for each, pool in _pools()]
)
telemetry.gauge(
    names.POOL_PENDING,
    lambda _: [Observation(each.pending, {names.POOL_NAME: each.service}) for each, _pool in _pools()],
)


@contextmanager
def _driver_errors() -> Iterator[None]:
    """Says that PostgreSQL is unreachable where the driver says so in its own words."""
    try:
        yield
    except (OSError, TimeoutError, PoolTimeout) as error:
        raise Unreachable("PostgreSQL") from error
    except DBAPIError as error:
        if is_connection_loss(error):
            raise Unreachable("PostgreSQL") from error
        raise


async def execute_all(connection: AsyncConnection, statement: Executable, rows: Sequence[Mapping[str, object]]) -> None:
    """Runs a statement for each row, in one go on the wire; none where there are no rows."""
    if rows:
        await connection.execute(statement, rows)


def is_connection_loss(error: DBAPIError) -> bool:
    """Whether the connection is gone, or the server is starting or stopping."""
    state = sqlstate(error)
    if state[:2] in {"08", "57"} or state == "53300":
        return state != "57014"
    return error.connection_invalidated or (isinstance(error, InterfaceError | OperationalError) and not state)


def sqlstate(error: DBAPIError) -> str:
    """The five characters by which PostgreSQL names the fault; empty where there are none."""
    return str(getattr(error.orig, "sqlstate", "") or "")


def constraint_name(error: DBAPIError) -> str:
    """Name of the constraint that was violated; empty where it was something else."""
    return str(getattr(getattr(error.orig, "__cause__", None), "constraint_name", "") or "")


def is_conflict(error: BaseException) -> bool:
    """Whether repeating the whole unit may help: a deadlock, a serialisation failure or a lock timeout."""
    return isinstance(error, DBAPIError) and sqlstate(error) in {_DEADLOCK, _SERIALIZATION, _LOCK_TIMEOUT}
