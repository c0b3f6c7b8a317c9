"""Rate, errors and duration of a service (RED)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chassis import metric_names as names
from chassis.metric_names import Metric
from observing.panels import HERE, WINDOW, Panel, Query, Row
from observing.promql import SERVICE, Series

_METHOD = "{{rpc_method}}"


def red(service: str) -> Iterator[Row]:
    """What a service answers, what it calls, and how much room it has."""
    common = (HERE, f'{SERVICE}="{service}"')
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
            Panel("Rate", "reqps", (Query(made.rate(WINDOW, names.SERVER_NAME, part="count"), peer),)),
            Panel(
                "Failed",
                "reqps",
                (
                    Query(
                        failed.rate(WINDOW, names.SERVER_NAME, names.RPC_STATUS, part="count"),
                        f"{peer} {{{{rpc_response_status_code}}}}",
                    ),
                ),
            ),
            Panel("p99", "s", (Query(made.quantile(0.99, WINDOW, names.SERVER_NAME), peer, has_exemplars=True),)),
        ),
    )
    shed, running = Series(names.SHED_REQUESTS, common=common), Series(names.RUNNING_REQUESTS, common=common)
    room = [
        Panel("Calls that run", "short", (Query(running.total("instance"), "{{instance}}"),)),
        Panel("Refused for want of room", "reqps", (Query(shed.rate(WINDOW, names.RPC_METHOD), _METHOD),)),
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
        Query(calls.quantile(share, WINDOW), f"p{share * 100:g}", has_exemplars=True) for share in (0.5, 0.95, 0.99)
    )
    return Row(
        title,
        (
            Panel("Rate", "reqps", (Query(f"topk(15, {calls.rate(WINDOW, what, part='count')})", legend),)),
            Panel(
                "Errors by status",
                "reqps",
                (Query(wrong.rate(WINDOW, status, part="count"), f"{{{{{names.exposed_label(status)}}}}}"),),
            ),
            Panel("Duration", "s", quantiles),
            Panel(
                "Share of faults of ours",
                "percentunit",
                (Query(f"{faults.rate(WINDOW, part='count')} / {calls.rate(WINDOW, part='count')}", "faults"),),
                red_from=0.01,
            ),
            Panel("Slowest", "s", (Query(f"topk(10, {calls.quantile(0.99, WINDOW, what)})", legend),)),
        ),
    )
