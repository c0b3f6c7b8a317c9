"""Utilisation, saturation and errors of what services share out (USE)."""

from __future__ import annotations

from collections.abc import Iterator

from chassis import metric_names as names
from chassis.metric_names import Metric
from observing.panels import HERE, WINDOW, Panel, Query, Row
from observing.promql import SERVICE, Series

_COMMON = (HERE, f'{SERVICE}=~"$service"')
_PROCESS, _CONSUMER, _SERVICE = "{{service_name}} {{instance}}", "{{consumer}}", "{{service_name}}"


def use() -> Iterator[Row]:
    """Pools, consumers, the broker and deadlines, of the services that are chosen."""
    yield _pools()
    yield _consumers()
    yield _broker()
    yield _deadlines()


def _pools() -> Row:
    each = (names.SERVICE_NAME, "instance")
    used = _of(names.POOL_CONNECTIONS).where(names.CONNECTION_STATE, "=", "used").total(*each)
    return Row(
        "Database pools",
        (
            Panel(
                "Utilisation: connections in use",
                "percentunit",
                (Query(f"{used} / {_of(names.POOL_MOST).total(*each)}", _PROCESS),),
                red_from=0.9,
            ),
            Panel("Saturation: who waits now", "short", (Query(_of(names.POOL_PENDING).total(*each), _PROCESS),)),
            Panel(
                "Saturation: wait for a connection, p99",
                "s",
                (Query(_of(names.POOL_WAIT).quantile(0.99, WINDOW, names.SERVICE_NAME), _SERVICE, has_exemplars=True),),
            ),
            Panel(
                "Errors: none came free in time",
                "ops",
                (Query(_of(names.POOL_TIMEOUTS).rate(WINDOW, names.SERVICE_NAME), _SERVICE),),
            ),
        ),
    )


def _consumers() -> Row:
    by_consumer = (names.CONSUMER,)
    fails = _of(names.MESSAGING_PROCESS_DURATION).where(names.ERROR_TYPE, "!=", "")
    fault = "{{messaging_consumer_group_name}} {{error_type}}"
    return Row(
        "Consumers",
        (
            Panel(
                "Utilisation: share of time spent on events",
                "percentunit",
                (
                    Query(
                        _of(names.CONSUMER_BUSY_TIME).rate(WINDOW, *by_consumer, "instance"),
                        f"{_CONSUMER} {{{{instance}}}}",
                    ),
                ),
                red_from=0.9,
            ),
            Panel(
                "Saturation: how far behind",
                "s",
                (Query(_of(names.CONSUMER_LAG_TIME).most(*by_consumer), _CONSUMER),),
                red_from=120,
            ),
            Panel(
                "Saturation: events not read", "short", (Query(_of(names.CONSUMER_LAG).total(*by_consumer), _CONSUMER),)
            ),
            Panel(
                "Delay of effects, p99",
                "s",
                (Query(_of(names.EVENT_DELAY).quantile(0.99, WINDOW, *by_consumer), _CONSUMER, has_exemplars=True),),
            ),
            Panel(
                "Errors: handlers that failed",
                "ops",
                (Query(fails.rate(WINDOW, names.MESSAGING_GROUP, names.ERROR_TYPE, part="count"), fault),),
            ),
            Panel(
                "Errors: parked events",
                "short",
                (Query(_of(names.DEAD_LETTERS).most(names.SERVICE_NAME, names.STATE), f"{_SERVICE} {{{{state}}}}"),),
                red_from=1,
            ),
            Panel(
                "Events consumed",
                "ops",
                (
                    Query(
                        _of(names.MESSAGES_CONSUMED).rate(WINDOW, names.MESSAGING_GROUP),
                        "{{messaging_consumer_group_name}}",
                    ),
                ),
            ),
            Panel(
                "Handlers, p99",
                "s",
                (
                    Query(
                        _of(names.MESSAGING_PROCESS_DURATION).quantile(0.99, WINDOW, names.MESSAGING_GROUP),
                        "{{messaging_consumer_group_name}}",
                        has_exemplars=True,
                    ),
                ),
            ),
            Panel(
                "Events that had been applied before",
                "ops",
                (Query(_of(names.DUPLICATES_DROPPED).rate(WINDOW, *by_consumer), _CONSUMER),),
            ),
        ),
    )


def _broker() -> Row:
    operations = _of(names.MESSAGING_OPERATION_DURATION)
    operation = "{{service_name}} {{messaging_operation_name}}"
    by_operation = (names.SERVICE_NAME, names.MESSAGING_OPERATION)
    return Row(
        "Broker and outboxes",
        (
            Panel("Events not sent", "short", (Query(_of(names.OUTBOX_DEPTH).most(names.SERVICE_NAME), _SERVICE),)),
            Panel(
                "Age of the oldest event not sent",
                "s",
                (Query(_of(names.OUTBOX_OLDEST_AGE).most(names.SERVICE_NAME), _SERVICE),),
                red_from=60,
            ),
            Panel(
                "Events sent",
                "ops",
                (
                    Query(
                        _of(names.MESSAGES_SENT).rate(WINDOW, names.MESSAGING_DESTINATION),
                        "{{messaging_destination_name}}",
                    ),
                ),
            ),
            Panel(
                "Sending and committing, p99",
                "s",
                (Query(operations.quantile(0.99, WINDOW, *by_operation), operation),),
            ),
            Panel(
                "Errors: the broker did not take it",
                "ops",
                (
                    Query(
                        operations.where(names.ERROR_TYPE, "!=", "").rate(
                            WINDOW, *by_operation, names.ERROR_TYPE, part="count"
                        ),
                        f"{operation} {{{{error_type}}}}",
                    ),
                ),
            ),
        ),
    )


def _deadlines() -> Row:
    by_kind = (names.TIMER_KIND,)
    return Row(
        "Deadlines and durable processes",
        (
            Panel("Deadlines that ran", "ops", (Query(_of(names.TIMERS_FIRED).rate(WINDOW, *by_kind), "{{kind}}"),)),
            Panel(
                "Lateness, p99", "s", (Query(_of(names.TIMER_LATENESS).quantile(0.99, WINDOW, *by_kind), "{{kind}}"),)
            ),
            Panel(
                "The oldest due deadline is due for",
                "s",
                (Query(_of(names.TIMERS_LATE).most(names.SERVICE_NAME), _SERVICE),),
                red_from=60,
            ),
            Panel(
                "Due, and given up",
                "short",
                (Query(_of(names.TIMERS_DUE).most(names.SERVICE_NAME, names.STATE), f"{_SERVICE} {{{{state}}}}"),),
            ),
            Panel(
                "Durable processes that could not go on",
                "ops",
                (Query(_of(names.PROCESSES_INTERRUPTED).rate(WINDOW, names.PROCESS_KIND), "{{process}}"),),
            ),
        ),
    )


def _of(metric: Metric) -> Series:
    return Series(metric, common=_COMMON)
