"""The business clock of an embedded suite, which can be moved on; moving it runs whatever falls due on the way."""

from __future__ import annotations

from datetime import datetime, timedelta

from throughline_cli.gateway import Gateway, Json
from throughline_cli.times import moment, seconds_text

_FORWARD_PATH = "/v1/clock:forward"
_SETTLE_PATH = "/v1/clock:settle"
_LONGEST_MOVE_S = 3600.0


def settle(operator: Gateway) -> datetime:
    """Waits until no service has anything left to do, so that all know what all have done; gives the business time."""
    return moment(operator.post(_SETTLE_PATH, {}, answer_s=_LONGEST_MOVE_S)["business_now"])


def forward(operator: Gateway, by: timedelta, shortest_step: timedelta | None = None) -> Json:
    """Moves the clock of all services on and waits until nothing is left to do; `business_now` is in the answer.

    Args:
        shortest_step: deadlines closer together run in one step, each at most so much late; the suite's own where None.

    Never repeated by itself: a repeat would move the clock by the whole span again.
    """
    body = {"by": seconds_text(by)}
    if shortest_step is not None:
        body["step"] = seconds_text(shortest_step)
    return operator.post_once(_FORWARD_PATH, body, answer_s=_LONGEST_MOVE_S)
