"""Proves what all other tests stand on: real PostgreSQL and Kafka, cloned databases, faults on demand."""

from __future__ import annotations

import contextlib
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

import asyncpg
import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaTimeoutError

from embedded.postgres import PostgresServer
from support import sql
from support.clock import FakeClock
from support.databases import Database, DatabaseFactory
from support.kafka import KafkaServer
from support.postgres import BreakablePostgres
from support.shared import SharedFolder
from support.tcp_proxy import proxied
from support.waiting import NeverHappened, eventually, eventually_async


class TestKafka:
    def test_what_is_produced_is_consumed_in_order_per_key(self, kafka_server: KafkaServer) -> None:
        topic = kafka_server.fresh_topic(partitions=3)

        _produce(kafka_server, topic, range(20))
        received = _consume_all(kafka_server, topic, expected=20)

        assert received == list(range(20))

    def test_a_consumer_group_with_a_short_session_joins(self, kafka_server: KafkaServer) -> None:
        topic = kafka_server.fresh_topic()
        _produce(kafka_server, topic, [1])
        group = KafkaConsumer(
            topic,
            bootstrap_servers=kafka_server.bootstrap,
            group_id=f"test.{secrets.token_hex(4)}",
            auto_offset_reset="earliest",
            session_timeout_ms=3000,
            heartbeat_interval_ms=300,
        )

        records = eventually(lambda: group.poll(timeout_ms=1_000), 60)
        group.close()

        assert sum(len(batch) for batch in records.values()) == 1

    def test_records_survive_a_killed_broker_at_the_same_address(self, breakable_kafka: KafkaServer) -> None:
        if breakable_kafka.profile == "embedded":
            pytest.skip("the embedded broker keeps nothing over a restart")
        topic = breakable_kafka.fresh_topic(partitions=1)
        _produce(breakable_kafka, topic, range(5))

        breakable_kafka.kill()
        assert not breakable_kafka.is_running
        breakable_kafka.start()

        assert _consume_all(breakable_kafka, topic, expected=5) == list(range(5))

    def test_clients_behind_a_proxy_feel_its_faults(self, breakable_kafka: KafkaServer) -> None:
        if breakable_kafka.profile == "embedded":
            pytest.skip("the embedded broker advertises one address only")
        topic = breakable_kafka.fresh_topic()
        with breakable_kafka.proxied() as proxy:
            producer = KafkaProducer(bootstrap_servers=proxy.address, request_timeout_ms=1000, delivery_timeout_ms=2000)
            producer.send(topic, b"before").get(timeout=10)
            proxy.half_open()

            lost = producer.send(topic, b"during")

            with pytest.raises(KafkaTimeoutError):
                lost.get(timeout=10)
            proxy.heal()
            producer.close(timeout=0)
            # A producer of kafka-python 3.0 sends nothing more once a batch has expired; a new one does.
            successor = KafkaProducer(bootstrap_servers=proxy.address)
            successor.send(topic, b"after").get(timeout=10)
            successor.close()

    def test_a_wiped_broker_comes_back_empty(self, breakable_kafka: KafkaServer) -> None:
        topic = breakable_kafka.fresh_topic()

        breakable_kafka.wipe()

        with breakable_kafka.admin() as admin:
            assert topic not in admin.list_topics()


class TestDatabases:
    def test_each_database_starts_from_the_same_schema_and_sees_no_other(self, probes: Callable[[], Database]) -> None:
        first, second = probes(), probes()

        sql.execute(second.owner_dsn, "INSERT INTO note VALUES (1)")

        assert sql.fetch(first.owner_dsn, "SELECT count(*) FROM note")[0]["count"] == 0
        assert sql.fetch(second.owner_dsn, "SELECT count(*) FROM note")[0]["count"] == 1

    def test_cloning_costs_little(self, probes: Callable[[], Database], record_property: Callable[..., None]) -> None:
        probes()

        took_s = []
        for _ in range(7):
            started = time.monotonic()
            probes()
            took_s.append(time.monotonic() - started)

        record_property("clone_ms", round(median(took_s) * 1000))
        assert median(took_s) < 0.5  # about 20 ms on an idle machine, but a whole test run may share its two cores

    def test_rights_and_settings_of_the_database_are_cloned_too(self, probes: Callable[[], Database]) -> None:
        probe = probes()

        assert sql.fetch(probe.login_dsn, "SHOW statement_timeout")[0]["statement_timeout"] == "41s"
        public = "SELECT has_database_privilege('pg_monitor', current_database(), 'CONNECT') AS may_connect"
        assert sql.fetch(probe.superuser_dsn, public)[0]["may_connect"] is False

    async def test_committed_rows_survive_a_killed_server(self, breakable_postgres: BreakablePostgres) -> None:
        connection = await asyncpg.connect(breakable_postgres.superuser_url)
        await connection.execute("CREATE TABLE note (id int); INSERT INTO note VALUES (7)")

        breakable_postgres.kill()
        await eventually_async(_broken(connection))
        breakable_postgres.start()

        again = await asyncpg.connect(breakable_postgres.superuser_url)
        assert await again.fetchval("SELECT id FROM note") == 7
        await again.close()


class TestWaiting:
    def test_eventually_gives_the_first_true_value(self) -> None:
        values = iter([0, None, "", "there"])

        assert eventually(lambda: next(values)) == "there"

    def test_a_condition_that_never_holds_is_shown_with_its_last_value(self) -> None:
        with pytest.raises(NeverHappened, match=r"lag is zero: not within 0\.05 s; the last attempt gave 0"):
            eventually(lambda: 0, 0.05, what="lag is zero")

    def test_other_exceptions_pass_at_once(self) -> None:
        with pytest.raises(ZeroDivisionError):
            eventually(lambda: 1 / 0)


class TestTcpProxy:
    def test_forwards_both_ways(self, echo_port: int) -> None:
        with proxied(echo_port) as proxy, _connect(proxy.port) as client:
            client.sendall(b"hello")

            assert client.recv(100) == b"hello"

    def test_cut_connections_are_reset_until_healed(self, echo_port: int) -> None:
        with proxied(echo_port) as proxy, _connect(proxy.port) as client:
            client.sendall(b"x")
            assert client.recv(1) == b"x"  # now the proxy has taken the connection, and not only the kernel
            proxy.cut()

            with pytest.raises(ConnectionResetError):
                client.recv(1)
            proxy.heal()
            with _connect(proxy.port) as again:
                again.sendall(b"x")
                assert again.recv(1) == b"x"

    def test_a_half_open_link_is_silent_and_delivers_after_healing(self, echo_port: int) -> None:
        with proxied(echo_port) as proxy, _connect(proxy.port) as client:
            proxy.half_open()
            client.sendall(b"late")
            client.settimeout(0.2)

            with pytest.raises(TimeoutError):
                client.recv(4)
            proxy.heal()
            client.settimeout(5)
            assert client.recv(4) == b"late"

    def test_a_byte_limit_breaks_off_in_the_middle(self, echo_port: int) -> None:
        with proxied(echo_port) as proxy, _connect(proxy.port) as client:
            proxy.limit_bytes(13)  # ten there, three back
            client.sendall(b"0123456789")

            assert _receive_until_reset(client) in (b"", b"012")  # a reset may overtake the last bytes

    def test_a_delay_holds_both_directions_back(self, echo_port: int) -> None:
        with proxied(echo_port) as proxy, _connect(proxy.port) as client:
            proxy.delay(0.1)

            started = time.monotonic()
            client.sendall(b"x")
            client.recv(1)

            assert time.monotonic() - started >= 0.2


def test_a_fake_clock_moves_only_when_told(fake_clock: FakeClock) -> None:
    before = fake_clock()

    assert fake_clock.now() == before
    assert before.utcoffset() is not None


def test_free_ports_differ(free_port: Callable[[], int]) -> None:
    assert free_port() != free_port()


@pytest.fixture
def probes(postgres_server: PostgresServer, shared_folder: SharedFolder) -> Iterator[Callable[[], Database]]:
    """Databases of a service that does not exist, so that this test stands on no other member."""
    factory = DatabaseFactory(postgres_server, shared_folder, provision=_provision_probe)
    yield lambda: factory("support_probe", migrate=_migrate_probe, schema="notes")
    factory.close()


async def _provision_probe(superuser_dsn: str, service: str, *, owner_password: str, login_password: str) -> None:
    connection = await asyncpg.connect(superuser_dsn)
    await connection.execute(f"CREATE ROLE {service}_owner LOGIN PASSWORD '{owner_password}'")
    await connection.execute(f"CREATE ROLE {service}_login LOGIN PASSWORD '{login_password}'")
    await connection.execute(f"CREATE DATABASE {service} OWNER {service}_owner")
    await connection.close()


def _migrate_probe(database: Database) -> None:
    sql.execute(database.owner_dsn, "CREATE TABLE note (id int)")
    sql.execute(database.owner_dsn, f"ALTER DATABASE {database.name} SET statement_timeout = '41s'")
    sql.execute(database.owner_dsn, f"REVOKE ALL ON DATABASE {database.name} FROM PUBLIC")
    sql.execute(database.owner_dsn, f"GRANT CONNECT ON DATABASE {database.name} TO support_probe_login")


@pytest.fixture
def echo_port() -> Iterator[int]:
    """A server that sends back what it gets."""
    listener = socket.create_server(("127.0.0.1", 0))

    def echo(connection: socket.socket) -> None:
        with connection:
            try:
                while data := connection.recv(1000):
                    connection.sendall(data)
            except OSError:
                return

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=echo, args=(connection,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def _connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=5)


def _receive_until_reset(client: socket.socket) -> bytes:
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while chunk := client.recv(10):
            received += chunk
        pytest.fail("the connection was closed in good order")
    return received


def _produce(server: KafkaServer, topic: str, numbers: Any) -> None:
    producer = KafkaProducer(bootstrap_servers=server.bootstrap, acks="all")
    for number in numbers:
        producer.send(topic, key=b"one", value=str(number).encode())
    producer.flush(timeout=20)
    producer.close()


def _consume_all(server: KafkaServer, topic: str, *, expected: int) -> list[int]:
    consumer = KafkaConsumer(bootstrap_servers=server.bootstrap, auto_offset_reset="earliest", fetch_max_wait_ms=10)
    partitions = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())]
    consumer.assign(partitions)
    received: list[int] = []

    def all_there() -> bool:
        for batch in consumer.poll(timeout_ms=100).values():
            received.extend(int(record.value) for record in batch)
        return len(received) >= expected

    eventually(all_there, 20)
    consumer.close()
    return received


def _broken(connection: asyncpg.Connection) -> Callable[[], Any]:
    async def is_closed() -> bool:
        return bool(connection.is_closed())

    return is_closed
