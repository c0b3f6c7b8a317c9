"""Waits for what the suite does in the background, in real time: checking a file, training a model, fetching it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from tenacity import Retrying, retry_if_not_result, stop_after_delay, wait_exponential

from throughline_cli.failures import Exit, Failure

R = TypeVar("R")


class NotEnded(Failure):
    """It took longer than it may."""

    def __init__(self, what: str, patience_s: float) -> None:
        super().__init__("demo.not_ended", Exit.UNREACHABLE, {"what": what, "patience_s": f"{patience_s:g}"})


def ended(
    look: Callable[[], R],
    is_ended: Callable[[R], bool],
    *,
    what: str,
    patience_s: float = 120.0,
    sleep: Callable[[float], None] = time.sleep,
) -> R:
    """What the first look gives at which it has ended.

    Args:
        what: it is, for whoever waits in vain.

    Raises:
        NotEnded: it goes on after `patience_s`.
    """

    def give_up(_: object) -> R:
        raise NotEnded(what, patience_s)

    looks = Retrying(
        retry=retry_if_not_result(is_ended),
        stop=stop_after_delay(patience_s),
        wait=wait_exponential(multiplier=0.1, max=1.0),
        sleep=sleep,
        retry_error_callback=give_up,
    )
    return looks(look)
