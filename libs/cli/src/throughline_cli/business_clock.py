"""The business clock of an embedded suite, which can be moved on; moving it runs whatever falls due on the way."""

from __future__ import annotations

from datetime import datetime, timedelta

from throughline_cli.gateway import Gateway, Json
from throughline_cli.times import moment, seconds_text

_PATH = "/v1/clock:forward"
_LONGEST_MOVE_S = 3600.0
_STATE_PATH = "/v1/operations/lead-router/quiescence"


def business_now(operator: Gateway) -> datetime:
    """The present business time of the suite, as the router has it."""
    return moment(operator.get(_STATE_PATH)["business_now"])


def forward(operator: Gateway, by: timedelta) -> Json:
    """Moves the clock of all services on and waits until nothing is left to do; `business_now` is in the answer.

    Never repeated by itself: a repeat would move the clock by the whole span again.
    """
    return operator.post_once(_PATH, {"by": seconds_text(by)}, answer_s=_LONGEST_MOVE_S)
