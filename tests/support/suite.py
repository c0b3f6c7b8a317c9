"""The whole suite for end-to-end and fault tests: the five real services on servers that a test may break."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from embedded.plan import Endpoints, ForeignPostgres
from embedded.services import ForeignBroker, Wiring, throughline_plan
from embedded.suite import Suite
from support import kafka
from support.kafka import KafkaServer
from support.postgres import BreakablePostgres
from support.shared import SharedFolder


@dataclass(frozen=True, slots=True)
class BreakableSuite:
    """A running suite with its servers. Its supervisor starts killed services again, but leaves the servers alone.

    Attributes:
        suite: `up`, `down`, `status` (with the pid of each service), `logs`.
        kafka: `start`, `stop`, `kill`, `wipe`.
        postgres: `start`, `stop`, `kill`; fsync is on.
    """

    suite: Suite
    kafka: KafkaServer
    postgres: BreakablePostgres

    @property
    def endpoints(self) -> Endpoints:
        """Where the gateway and the services are reached, and the operator's credentials."""
        return self.suite.endpoints()


@contextmanager
def breakable(
    shared: SharedFolder, name: str, *, settings: Mapping[str, str] | None = None
) -> Iterator[BreakableSuite]:
    """A suite of its own on a PostgreSQL and a Kafka of its own, taken down at the end.

    Args:
        shared: of the run.
        name: unlike that of any other in this run.
        settings: by full name, such as LEAD_ROUTER_FAILPOINTS.
    """
    broker = kafka.new_server(shared, f"{name}-kafka")
    postgres = BreakablePostgres(shared, f"{name}-postgres")
    wiring = Wiring(
        ForeignPostgres(superuser_url=postgres.superuser_url),
        ForeignBroker(broker.bootstrap, broker.profile),
        settings,
    )
    suite = _suite(shared, name, wiring)
    try:
        postgres.start()
        broker.start()
        suite.up()
        yield BreakableSuite(suite, broker, postgres)
    finally:
        suite.down()
        broker.kill()
        postgres.kill()


@contextmanager
def embedded(shared: SharedFolder, name: str, *, settings: Mapping[str, str] | None = None) -> Iterator[Suite]:
    """A suite of its own in the embedded profile, with the database and the event broker that `throughline up` starts.

    Args:
        shared: of the run.
        name: unlike that of any other in this run.
        settings: by full name, such as GATEWAY_RATE_PER_S.
    """
    suite = _suite(shared, name, Wiring(settings=settings))
    try:
        suite.up()
        yield suite
    finally:
        suite.down()


def _suite(shared: SharedFolder, name: str, wiring: Wiring) -> Suite:
    folder = shared.path / f"{name}-data"
    shared.remember_suite(folder)
    return Suite(folder, make_plan=partial(throughline_plan, wiring=wiring))
