"""How a backup or a restore gets on, for whoever watches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

StepKind = Literal["dump", "files", "pack", "unpack", "check", "fill", "migrate", "compare", "swap"]


@dataclass(frozen=True, slots=True)
class Step:
    """What is done now.

    Attributes:
        subject: the service, or the part; empty where the step concerns the whole.
        done, of: how many steps are behind, of how many.
    """

    kind: StepKind
    subject: str = ""
    done: int = 0
    of: int = 0


Watcher = Callable[[Step], None]


def unwatched(_: Step) -> None:
    """Nobody watches."""
