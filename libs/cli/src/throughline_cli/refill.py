"""Has all services send their kept events again, to an event broker that came up empty."""

from __future__ import annotations

import uuid

from chassis.error_texts import DEFAULT_LOCALE
from embedded.plan import Endpoints
from embedded.services import SERVICES
from throughline_cli.endpoints import Target
from throughline_cli.gateway import Gateway, connect
from throughline_cli.tokens import Tokens


def republish(endpoints: Endpoints) -> None:
    """Called by the supervisor of the embedded suite when its broker is new.

    Raises:
        Failure: the gateway refused, or does not answer.
    """
    target = Target.of(endpoints)
    with connect(target.url, DEFAULT_LOCALE) as http:
        gateway = Gateway(http, Tokens(target, http).operator)
        for service in SERVICES:
            republish_of(gateway, service)


def republish_of(gateway: Gateway, service: str, since: str | None = None) -> int:
    """Has one service send its events again, those recorded since a time or all that are kept; gives how many."""
    body = {"since": since, "request_id": f"cli:republish:{uuid.uuid4()}"}
    answer = gateway.post(f"/v1/operations/{service}/events:republish", {k: v for k, v in body.items() if v})
    return int(answer["events"])
