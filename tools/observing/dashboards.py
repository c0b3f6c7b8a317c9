"""The dashboards: RED of each service, USE of pools and consumers, the business, and the promises."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from chassis import metric_names as names
from chassis.metric_names import Metric
from observing.burn_rates import bad_share
from observing.objectives import Objective
from observing.panels import Panel, Query, Row, laid_out
from observing.promql import NAMESPACE, SERVICE, Series

SERVICES = ("collab", "gateway", "lead-router", "pipeline", "scoring")

_WINDOW = "$__rate_interval"
_HERE = f'{NAMESPACE}=~"$namespace"'
_METHOD = "{{rpc_method}}"


def dashboards(objectives: Sequence[Objective]) -> Mapping[str, dict[str, Any]]:
    """Each by the name of its file, without the ending."""
    red = {
        f"red-{service}": _dashboard(
            f"red-{service}", f"Throughline / {service}: rate, errors, duration", _red(service)
        )
        for service in SERVICES
    }
    return red | {
        "use": _dashboard("use", "Throughline / pools, consumers and deadlines", _use(), has_services=True),
        "business": _dashboard("business", "Throughline / business", _business()),
        "objectives": _dashboard("objectives", "Throughline / objectives", _objectives(objectives)),
    }


def _red(service: str) -> Iterator[Row]:
    common = (_HERE, f'{SERVICE}="{service}"')
    if service == "gateway":
        yield _of_calls(
            "HTTP requests answered", names.HTTP_SERVER_DURATION, common, names.HTTP_ROUTE, "{{http_route}}"
        )
    yield _of_calls("Calls answered", names.RPC_SERVER_CALL_DURATION, common, names.RPC_METHOD, _METHOD)
    made = Series(names.RPC_CLIENT_CALL_DURATION, common=common)
    failed = made.where(names.RPC_STATUS, "!~", "OK|CANCELLED")
    peer = "{{server_address}}"
    yield Row(
        "Calls made",
        (
            Panel("Rate", "reqps", (Query(made.rate(_WINDOW, names.SERVER_NAME, part="count"), peer),)),
            Panel(
                "Failed",
                "reqps",
                (
                    Query(
                        failed.rate(_WINDOW, names.SERVER_NAME, names.RPC_STATUS, part="count"),
                        f"{peer} {{{{rpc_response_status_code}}}}",
                    ),
                ),
            ),
            Panel("p99", "s", (Query(made.quantile(0.99, _WINDOW, names.SERVER_NAME), peer, has_exemplars=True),)),
        ),
    )
    shed, running = Series(names.SHED_REQUESTS, common=common), Series(names.RUNNING_REQUESTS, common=common)
    room = [
        Panel("Calls that run", "short", (Query(running.total("instance"), "{{instance}}"),)),
        Panel("Refused for want of room", "reqps", (Query(shed.rate(_WINDOW, names.RPC_METHOD), _METHOD),)),
    ]
    yield Row("Room", tuple(room))


def _of_calls(title: str, metric: Metric, common: Sequence[str], what: str, legend: str) -> Row:
    """Rate, errors and duration of what a service answers."""
    calls = Series(metric, common=common)
    status = names.HTTP_STATUS if metric is names.HTTP_SERVER_DURATION else names.RPC_STATUS
    wrong = calls.where(status, *(("=~", "[45]..") if status == names.HTTP_STATUS else ("!=", "OK")))
    of_ours = ("=~", "5..") if status == names.HTTP_STATUS else ("=~", "INTERNAL|UNKNOWN|DATA_LOSS|UNAVAILABLE")
    faults = calls.where(status, *of_ours)
    quantiles = tuple(
        Query(calls.quantile(share, _WINDOW), f"p{share * 100:g}", has_exemplars=True) for share in (0.5, 0.95, 0.99)
    )
    return Row(
        title,
        (
            Panel("Rate", "reqps", (Query(f"topk(15, {calls.rate(_WINDOW, what, part='count')})", legend),)),
            Panel(
                "Errors by status",
                "reqps",
                (Query(wrong.rate(_WINDOW, status, part="count"), f"{{{{{names.exposed_label(status)}}}}}"),),
            ),
            Panel("Duration", "s", quantiles),
            Panel(
                "Share of faults of ours",
                "percentunit",
                (Query(f"{faults.rate(_WINDOW, part='count')} / {calls.rate(_WINDOW, part='count')}", "faults"),),
                red_from=0.01,
            ),
            Panel("Slowest", "s", (Query(f"topk(10, {calls.quantile(0.99, _WINDOW, what)})", legend),)),
        ),
    )


def _use() -> Iterator[Row]:
    common = (_HERE, f'{SERVICE}=~"$service"')

    def of(metric: Metric) -> Series:
        return Series(metric, common=common)

    process, consumer, service = "{{service_name}} {{instance}}", "{{consumer}}", "{{service_name}}"
    each = (names.SERVICE_NAME, "instance")
    used = of(names.POOL_CONNECTIONS).where(names.CONNECTION_STATE, "=", "used").total(*each)
    yield Row(
        "Database pools",
        (
            Panel(
                "Utilisation: connections in use",
                "percentunit",
                (Query(f"{used} / {of(names.POOL_MOST).total(*each)}", process),),
                red_from=0.9,
            ),
            Panel("Saturation: who waits now", "short", (Query(of(names.POOL_PENDING).total(*each), process),)),
            Panel(
                "Saturation: wait for a connection, p99",
                "s",
                (Query(of(names.POOL_WAIT).quantile(0.99, _WINDOW, names.SERVICE_NAME), service, has_exemplars=True),),
            ),
            Panel(
                "Errors: none came free in time",
                "ops",
                (Query(of(names.POOL_TIMEOUTS).rate(_WINDOW, names.SERVICE_NAME), service),),
            ),
        ),
    )
    by_consumer = (names.CONSUMER,)
    fails = of(names.MESSAGING_PROCESS_DURATION).where(names.ERROR_TYPE, "!=", "")
    fault = "{{messaging_consumer_group_name}} {{error_type}}"
    yield Row(
        "Consumers",
        (
            Panel(
                "Utilisation: share of time spent on events",
                "percentunit",
                (
                    Query(
                        of(names.CONSUMER_BUSY_TIME).rate(_WINDOW, *by_consumer, "instance"),
                        f"{consumer} {{{{instance}}}}",
                    ),
                ),
                red_from=0.9,
            ),
            Panel(
                "Saturation: how far behind",
                "s",
                (Query(of(names.CONSUMER_LAG_TIME).most(*by_consumer), consumer),),
                red_from=120,
            ),
            Panel(
                "Saturation: events not read", "short", (Query(of(names.CONSUMER_LAG).total(*by_consumer), consumer),)
            ),
            Panel(
                "Delay of effects, p99",
                "s",
                (Query(of(names.EVENT_DELAY).quantile(0.99, _WINDOW, *by_consumer), consumer, has_exemplars=True),),
            ),
            Panel(
                "Errors: handlers that failed",
                "ops",
                (Query(fails.rate(_WINDOW, names.MESSAGING_GROUP, names.ERROR_TYPE, part="count"), fault),),
            ),
            Panel(
                "Errors: parked events",
                "short",
                (Query(of(names.DEAD_LETTERS).most(names.SERVICE_NAME, names.STATE), f"{service} {{{{state}}}}"),),
                red_from=1,
            ),
            Panel(
                "Events consumed",
                "ops",
                (
                    Query(
                        of(names.MESSAGES_CONSUMED).rate(_WINDOW, names.MESSAGING_GROUP),
                        "{{messaging_consumer_group_name}}",
                    ),
                ),
            ),
            Panel(
                "Handlers, p99",
                "s",
                (
                    Query(
                        of(names.MESSAGING_PROCESS_DURATION).quantile(0.99, _WINDOW, names.MESSAGING_GROUP),
                        "{{messaging_consumer_group_name}}",
                        has_exemplars=True,
                    ),
                ),
            ),
            Panel(
                "Events that had been applied before",
                "ops",
                (Query(of(names.DUPLICATES_DROPPED).rate(_WINDOW, *by_consumer), consumer),),
            ),
        ),
    )
    operations = of(names.MESSAGING_OPERATION_DURATION)
    operation = "{{service_name}} {{messaging_operation_name}}"
    by_operation = (names.SERVICE_NAME, names.MESSAGING_OPERATION)
    yield Row(
        "Broker and outboxes",
        (
            Panel("Events not sent", "short", (Query(of(names.OUTBOX_DEPTH).most(names.SERVICE_NAME), service),)),
            Panel(
                "Age of the oldest event not sent",
                "s",
                (Query(of(names.OUTBOX_OLDEST_AGE).most(names.SERVICE_NAME), service),),
                red_from=60,
            ),
            Panel(
                "Events sent",
                "ops",
                (
                    Query(
                        of(names.MESSAGES_SENT).rate(_WINDOW, names.MESSAGING_DESTINATION),
                        "{{messaging_destination_name}}",
                    ),
                ),
            ),
            Panel(
                "Sending and committing, p99",
                "s",
                (Query(operations.quantile(0.99, _WINDOW, *by_operation), operation),),
            ),
            Panel(
                "Errors: the broker did not take it",
                "ops",
                (
                    Query(
                        operations.where(names.ERROR_TYPE, "!=", "").rate(
                            _WINDOW, *by_operation, names.ERROR_TYPE, part="count"
                        ),
                        f"{operation} {{{{error_type}}}}",
                    ),
                ),
            ),
        ),
    )
    by_kind = (names.TIMER_KIND,)
    yield Row(
        "Deadlines and durable processes",
        (
            Panel("Deadlines that ran", "ops", (Query(of(names.TIMERS_FIRED).rate(_WINDOW, *by_kind), "{{kind}}"),)),
            Panel(
                "Lateness, p99", "s", (Query(of(names.TIMER_LATENESS).quantile(0.99, _WINDOW, *by_kind), "{{kind}}"),)
            ),
            Panel(
                "The oldest due deadline is due for",
                "s",
                (Query(of(names.TIMERS_LATE).most(names.SERVICE_NAME), service),),
                red_from=60,
            ),
            Panel(
                "Due, and given up",
                "short",
                (Query(of(names.TIMERS_DUE).most(names.SERVICE_NAME, names.STATE), f"{service} {{{{state}}}}"),),
            ),
            Panel(
                "Durable processes that could not go on",
                "ops",
                (Query(of(names.PROCESSES_INTERRUPTED).rate(_WINDOW, names.PROCESS_KIND), "{{process}}"),),
            ),
        ),
    )


def _business() -> Iterator[Row]:
    def of(metric: Metric) -> Series:
        return Series(metric, common=(_HERE,))

    decided = of(names.LEAD_ASSIGNMENT_DURATION)
    yield Row(
        "Leads 线索",
        (
            Panel(
                "Submissions by what became of them",
                "ops",
                (
                    Query(decided.rate(_WINDOW, names.OUTCOME, part="count"), "{{outcome}}"),
                    Query(of(names.LEAD_DEDUPLICATIONS).rate(_WINDOW), "joined"),
                ),
            ),
            Panel(
                "From the call to the committed decision",
                "s",
                tuple(
                    Query(decided.quantile(share, _WINDOW), f"p{share * 100:g}", has_exemplars=True)
                    for share in (0.5, 0.99)
                ),
                red_from=0.5,
            ),
            Panel("Leads by state", "short", (Query(of(names.LEADS).most(names.STATE), "{{state}}"),), is_stacked=True),
        ),
    )
    yield Row(
        "Nothing is lost 守恒",
        (
            Panel(
                "Conservation gap",
                "short",
                (Query(of(names.LEAD_CONSERVATION_GAP).most(), "gap"),),
                about="Leads received that stand in no state, and leads in a state that were never received.",
                is_single=True,
                red_from=1,
            ),
            Panel("Counted", "s", (Query(of(names.LEADS_COUNTED_AGE).least(), "ago"),), is_single=True, red_from=600),
            Panel("Qualified leads", "short", (Query(of(names.LEADS_QUALIFIED).most(), "qualified"),), is_single=True),
            Panel(
                "Records in which services differ",
                "short",
                (Query(of(names.RECONCILIATION_DIFFERENCES).most(names.CHECK, names.COPY), "{{check}} in {{copy}}"),),
                red_from=1,
            ),
            Panel(
                "Services were compared",
                "s",
                (Query(of(names.RECONCILIATION_AGE).least(), "ago"),),
                is_single=True,
                red_from=7200,
            ),
            Panel(
                "Comparisons not made",
                "short",
                (Query(of(names.RECONCILIATION_UNANSWERED).least(), "not made"),),
                is_single=True,
                red_from=1,
            ),
        ),
    )
    attempts = of(names.WEBHOOK_ATTEMPTS)
    yield Row(
        "Models and webhooks 模型与推送",
        (
            Panel(
                "Age of the oldest live model", "s", (Query(of(names.LEAD_MODEL_AGE).most(), "age"),), is_single=True
            ),
            Panel(
                "Calibration drift", "percentunit", (Query(of(names.LEAD_MODEL_DRIFT).most(), "drift"),), red_from=0.1
            ),
            Panel(
                "Webhook tries by outcome",
                "ops",
                (Query(attempts.rate(_WINDOW, names.OUTCOME, part="count"), "{{outcome}}"),),
            ),
            Panel("Webhook tries, p99", "s", (Query(attempts.quantile(0.99, _WINDOW), "p99"),)),
        ),
    )


def _objectives(objectives: Iterable[Objective]) -> Iterator[Row]:
    for objective in objectives:
        left = f"1 - ({bad_share(objective, '3d')}) / {objective.budget:g}"
        burning = tuple(
            Query(f"({bad_share(objective, window)}) / {objective.budget:g}", window)
            for window in ("5m", "1h", "6h", "1d")
        )
        yield Row(
            f"{objective.name}: {objective.target_pct:g} %",
            (
                Panel(
                    "Budget left, at the pace of 3 days",
                    "percentunit",
                    (Query(left, "left"),),
                    objective.about,
                    is_single=True,
                ),
                Panel(
                    "Speed at which the budget is used up",
                    "short",
                    burning,
                    "1 uses up the budget of 30 days in 30 days; 14.4 rings.",
                    red_from=14.4,
                ),
            ),
        )


def _dashboard(uid: str, title: str, rows: Iterable[Row], *, has_services: bool = False) -> dict[str, Any]:
    variables: list[dict[str, Any]] = [
        {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"},
        _variable("namespace", NAMESPACE),
    ]
    if has_services:
        variables.append(_variable("service", SERVICE))
    return {
        "uid": f"throughline-{uid}",
        "title": title,
        "tags": ["throughline"],
        "schemaVersion": 39,
        "editable": False,
        "timezone": "browser",
        "refresh": "1m",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": variables},
        "annotations": {"list": []},
        "links": [
            {
                "type": "dashboards",
                "tags": ["throughline"],
                "title": "Throughline",
                "asDropdown": True,
                "keepTime": True,
            }
        ],
        "panels": laid_out(rows),
    }


def _variable(name: str, label: str) -> dict[str, Any]:
    return {
        "name": name,
        "label": name.capitalize(),
        "type": "query",
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "query": {"query": f"label_values(target_info, {label})", "refId": name},
        "includeAll": True,
        # Not the list of all values: where nobody adds the label, there is none to choose and everything is meant.
        "allValue": ".*",
        "multi": True,
        "current": {"text": "All", "value": "$__all"},
        "refresh": 2,
    }
