"""Has all services send their events again: to an event broker that came up empty, and after a restore."""

from __future__ import annotations

import uuid

from chassis.error_texts import DEFAULT_LOCALE
from embedded.plan import Endpoints
from embedded.services import SERVICES
from throughline_cli.endpoints import Target
from throughline_cli.gateway import Gateway, connect
from throughline_cli.tokens import Tokens

_SNAPSHOT_S = 300.0


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
        tell_again(gateway)


def tell_again(gateway: Gateway) -> int:
    """Where a database was brought back, has every owner tell how its things stand, so that copies equal them again.

    The restored ones come last, for it is they who keep in mind that this is still to be done: broken off, it begins
    anew. Gives how many events; none where nothing was restored since the last time.
    """
    waiting = [service for service in SERVICES if _still_has_to_tell(gateway, service)]
    if not waiting:
        return 0
    others = [service for service in SERVICES if service not in waiting]
    return sum(snapshot_of(gateway, service) for service in [*others, *waiting])


def _still_has_to_tell(gateway: Gateway, service: str) -> bool:
    restorations = gateway.get(f"/v1/operations/{service}/restorations")["restorations"]
    return any(not restoration.get("told_at") for restoration in restorations)


def snapshot_of(gateway: Gateway, service: str, aggregate: str = "") -> int:
    """Has one service tell how each of its aggregates stands, or those of one kind; gives how many events."""
    body = {"aggregate": aggregate, "request_id": f"cli:snapshot:{uuid.uuid4()}"}
    answer = gateway.post(f"/v1/operations/{service}/events:snapshot", body, answer_s=_SNAPSHOT_S)
    return int(answer["events"])


def republish_of(gateway: Gateway, service: str, since: str | None = None) -> int:
    """Has one service send its events again, those recorded since a time or all that are kept; gives how many."""
    body = {"since": since, "request_id": f"cli:republish:{uuid.uuid4()}"}
    answer = gateway.post(f"/v1/operations/{service}/events:republish", {k: v for k, v in body.items() if v})
    return int(answer["events"])
