"""Every metric and attribute name of the suite. Nothing else spells one out, so dashboards and rules can be checked.

A metric is declared once, whole: name, kind, unit, meaning and labels. Instruments are made from the declaration
(`chassis.telemetry`), dashboards and alert rules are generated from it, and a test holds what a running suite exports
against it. RPC, HTTP, messaging and connection pool names follow the OpenTelemetry semantic conventions; those of
messaging and of pools are not stable yet, so the version is pinned here. No tenant, user or lead id is ever a label:
those stand on spans and logs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Final, Self

SEMANTIC_CONVENTIONS: Final = "https://opentelemetry.io/schemas/1.44.0"

DURATION_BUCKETS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Bounds of every histogram of seconds, 5 ms to 10 s."""

LATENESS_BUCKETS_S: Final = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0)
"""Bounds of lateness and delay, which are slow where they are not fine."""

WAIT_BUCKETS_S: Final = (1.0, 60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0, 14400.0, 28800.0, 86400.0, 172800.0)
"""Bounds of what people wait for: a second to two days."""

# Labels
RPC_METHOD: Final = "rpc.method"
RPC_STATUS: Final = "rpc.response.status_code"
RPC_SYSTEM: Final = "rpc.system.name"
ERROR_TYPE: Final = "error.type"
SERVER_NAME: Final = "server.address"
HTTP_METHOD: Final = "http.request.method"
HTTP_ROUTE: Final = "http.route"
HTTP_STATUS: Final = "http.response.status_code"
MESSAGING_SYSTEM: Final = "messaging.system"
MESSAGING_OPERATION: Final = "messaging.operation.name"
MESSAGING_OPERATION_TYPE: Final = "messaging.operation.type"
MESSAGING_DESTINATION: Final = "messaging.destination.name"
MESSAGING_GROUP: Final = "messaging.consumer.group.name"
POOL_NAME: Final = "db.client.connection.pool.name"
CONNECTION_STATE: Final = "db.client.connection.state"
CONSUMER: Final = "consumer"
TIMER_KIND: Final = "kind"
PROCESS_KIND: Final = "process"
STATE: Final = "state"
CHECK: Final = "check"
COPY: Final = "copy"
OUTCOME: Final = "outcome"
BECAUSE: Final = "because"

# On spans and logs only
TENANT: Final = "throughline.tenant"
PRINCIPAL_KIND: Final = "throughline.principal.kind"
ERROR_REASON: Final = "throughline.error.reason"
MESSAGE_ID: Final = "messaging.message.id"

# Of the resource; the first stands on every exported series too
SERVICE_NAME: Final = "service.name"
SERVICE_VERSION: Final = "service.version"
ENVIRONMENT: Final = "deployment.environment.name"


class Kind(StrEnum):
    """How a metric behaves."""

    COUNTER = "counter"
    """Only rises, from 0 at the start of the process."""
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Metric(str):
    """The name of a metric, with all else that is declared of it."""

    kind: Kind
    unit: str
    """UCUM: `s` for seconds; in braces what is counted."""
    about: str
    labels: tuple[str, ...]
    """All that it may carry. Some stand on a part of the points only, such as the class of an error."""
    bounds: tuple[float, ...]
    """Of the buckets of a histogram."""

    __slots__ = ("about", "bounds", "kind", "labels", "unit")

    def __new__(
        cls, name: str, kind: Kind, unit: str, about: str, *, labels: Iterable[str], bounds: Iterable[float] = ()
    ) -> Self:
        metric = super().__new__(cls, name)
        metric.kind, metric.unit, metric.about = kind, unit, about
        metric.labels, metric.bounds = tuple(labels), tuple(bounds)
        return metric

    @property
    def exposed(self) -> str:
        """Its name as Prometheus reads it; the series of a histogram add `_bucket`, `_sum` and `_count`."""
        name = exposed_name(self, self.unit)
        return f"{name}_total" if self.kind is Kind.COUNTER else name


def exposed_name(name: str, unit: str) -> str:
    """Name of a metric's family in Prometheus' words: no dots, and the unit at its end."""
    plain = exposed_label(name)
    suffix = _UNITS.get(unit, "")
    return plain if not suffix or plain.endswith(suffix) else plain + suffix


def exposed_label(name: str) -> str:
    """A label or an attribute in Prometheus' words."""
    return _NOT_IN_NAMES.sub("_", name)


_UNITS: Final = {"s": "_seconds", "By": "_bytes"}
_NOT_IN_NAMES: Final = re.compile(r"[^a-zA-Z0-9]+")


def _counter(name: str, unit: str, about: str, *labels: str) -> Metric:
    return Metric(name, Kind.COUNTER, unit, about, labels=labels)


def _gauge(name: str, unit: str, about: str, *labels: str) -> Metric:
    return Metric(name, Kind.GAUGE, unit, about, labels=labels)


def _histogram(name: str, about: str, *labels: str, bounds: Iterable[float] = DURATION_BUCKETS_S) -> Metric:
    return Metric(name, Kind.HISTOGRAM, "s", about, labels=labels, bounds=bounds)


# RPC
RPC_SERVER_CALL_DURATION: Final = _histogram(
    "rpc.server.call.duration", "Calls answered", RPC_SYSTEM, RPC_METHOD, RPC_STATUS
)
RPC_CLIENT_CALL_DURATION: Final = _histogram(
    "rpc.client.call.duration", "Calls made", RPC_SYSTEM, RPC_METHOD, RPC_STATUS, SERVER_NAME
)
SHED_REQUESTS: Final = _counter("throughline.rpc.shed", "{call}", "Calls refused for want of room", RPC_METHOD)
RUNNING_REQUESTS: Final = _gauge("throughline.rpc.running", "{call}", "Calls that run now")

# HTTP, at the gateway
HTTP_SERVER_DURATION: Final = _histogram(
    "http.server.request.duration", "Requests answered", HTTP_METHOD, HTTP_ROUTE, HTTP_STATUS
)
WEBHOOK_ATTEMPTS: Final = _histogram("throughline.webhook.attempt.duration", "Tries to deliver events", OUTCOME)

# Messaging
_OF_MESSAGING: Final = (MESSAGING_SYSTEM, MESSAGING_OPERATION, ERROR_TYPE)
MESSAGING_OPERATION_DURATION: Final = _histogram(
    "messaging.client.operation.duration",
    "From sending events until the broker has them, and from committing offsets until it knows",
    *_OF_MESSAGING,
    MESSAGING_OPERATION_TYPE,
    MESSAGING_DESTINATION,
    MESSAGING_GROUP,
)
MESSAGES_SENT: Final = _counter(
    "messaging.client.sent.messages", "{message}", "Events sent to the broker", *_OF_MESSAGING, MESSAGING_DESTINATION
)
MESSAGES_CONSUMED: Final = _counter(
    "messaging.client.consumed.messages",
    "{message}",
    "Events read from the broker, those passed over among them",
    *_OF_MESSAGING,
    MESSAGING_DESTINATION,
    MESSAGING_GROUP,
)
MESSAGING_PROCESS_DURATION: Final = _histogram(
    "messaging.process.duration",
    "Handlers of events, without the commit of what they did",
    *_OF_MESSAGING,
    MESSAGING_GROUP,
)
OUTBOX_DEPTH: Final = _gauge("throughline.outbox.depth", "{event}", "Events not sent yet")
OUTBOX_OLDEST_AGE: Final = _gauge("throughline.outbox.oldest_age", "s", "Age of the oldest event not sent yet")
CONSUMER_LAG: Final = _gauge("throughline.consumer.lag", "{event}", "Events not read yet", CONSUMER)
CONSUMER_LAG_TIME: Final = _gauge(
    "throughline.consumer.lag.time",
    "s",
    "Age of the event that is being applied, or was read last while others wait behind it",
    CONSUMER,
)
CONSUMER_BUSY_TIME: Final = _counter(
    "throughline.consumer.busy.time", "s", "Time spent on events rather than waiting for them", CONSUMER
)
EVENT_DELAY: Final = _histogram(
    "throughline.event.delay",
    "From when an event was recorded until its effect was",
    CONSUMER,
    bounds=LATENESS_BUCKETS_S,
)
DEAD_LETTERS: Final = _gauge("throughline.dead_letters", "{event}", "Parked events", STATE)
DUPLICATES_DROPPED: Final = _counter(
    "throughline.inbox.duplicates", "{event}", "Events that had been applied before", CONSUMER
)

# Deadlines and durable processes
TIMERS_DUE: Final = _gauge(
    "throughline.timers.due", "{timer}", "Deadlines that should have run, and those that failed for good", STATE
)
TIMERS_LATE: Final = _gauge("throughline.timers.late", "s", "For how long the oldest due deadline is due")
TIMERS_FIRED: Final = _counter("throughline.timers.fired", "{timer}", "Deadlines that have run", TIMER_KIND)
TIMER_LATENESS: Final = _histogram(
    "throughline.timer.lateness",
    "Business time from when a deadline was due until it ran",
    TIMER_KIND,
    bounds=LATENESS_BUCKETS_S,
)
PROCESSES_INTERRUPTED: Final = _counter(
    "throughline.processes.interrupted", "{process}", "Times that a durable process could not go on", PROCESS_KIND
)

# Connection pools
POOL_CONNECTIONS: Final = _gauge(
    "db.client.connection.count", "{connection}", "Connections of the pool", POOL_NAME, CONNECTION_STATE
)
POOL_MOST: Final = _gauge("db.client.connection.max", "{connection}", "Most connections of the pool", POOL_NAME)
POOL_PENDING: Final = _gauge(
    "db.client.connection.pending_requests", "{request}", "Who waits for a connection now", POOL_NAME
)
POOL_WAIT: Final = _histogram(
    "db.client.connection.wait_time", "From asking the pool for a connection until it is there", POOL_NAME
)
POOL_TIMEOUTS: Final = _counter(
    "db.client.connection.timeouts", "{timeout}", "Times that no connection came free in time", POOL_NAME
)

# Whether the services agree
RECONCILIATION_DIFFERENCES: Final = _gauge(
    "throughline.reconciliation.differences", "{record}", "Records at rest in which two services differ", CHECK, COPY
)
RECONCILIATION_UNANSWERED: Final = _gauge(
    "throughline.reconciliation.unanswered",
    "{check}",
    "Comparisons that a service which did not answer kept from being made",
)
RECONCILIATION_AGE: Final = _gauge("throughline.reconciliation.age", "s", "Time since services were compared")

# What the product is for
LEAD_ASSIGNMENT_DURATION: Final = _histogram(
    "throughline.lead.assignment.duration", "From the call to the committed decision", OUTCOME
)
LEAD_OWNER_WAIT: Final = _histogram(
    "throughline.lead.owner.wait",
    "Business time from when a lead was received until it had its first owner",
    BECAUSE,
    bounds=WAIT_BUCKETS_S,
)
LEAD_DEDUPLICATIONS: Final = _counter(
    "throughline.lead.deduplications", "{lead}", "Submissions that joined a lead which was there"
)
LEADS: Final = _gauge("throughline.leads", "{lead}", "Leads by state", STATE)
LEADS_QUALIFIED: Final = _gauge(
    "throughline.leads.qualified", "{lead}", "Leads with all qualifying documents, each once"
)
LEAD_CONSERVATION_GAP: Final = _gauge(
    "throughline.lead.conservation.gap",
    "{lead}",
    "Leads received that stand in no state, and leads in a state that were never received",
)
LEADS_COUNTED_AGE: Final = _gauge(
    "throughline.leads.counted.age", "s", "Time since the leads of all tenants were counted"
)
LEAD_MODEL_AGE: Final = _gauge("throughline.lead_model.age", "s", "Age of the oldest model that scores leads")
LEAD_MODEL_DRIFT: Final = _gauge(
    "throughline.lead_model.calibration.drift",
    "1",
    "Largest gap between mean predicted chance and share won among ended leads of a live model",
)

METRICS: Final = tuple(value for value in tuple(globals().values()) if isinstance(value, Metric))
"""All of them."""
