"""What the use cases need from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from gateway.domain.notice import SentNotice
from gateway.domain.notice_audience import Viewer


@dataclass(frozen=True, slots=True)
class Rest:
    """What one service has left to do at its present business time."""

    business_now: datetime
    timers_due: int = 0
    processes_due: int = 0
    outbox_pending: int = 0
    consumer_lag: int = 0
    next_timer_at: datetime | None = None
    progress: int = 0
    """Equal twice means that nothing moved in between."""
    published: Mapping[str, int] = field(default_factory=dict)
    """Next offset after what it has sent, by `<topic>/<partition>`."""
    consumed: Mapping[str, int] = field(default_factory=dict)
    """Next offset to read, by `<consumer>|<topic>/<partition>`."""
    consumers: Sequence[str] = ()
    """`<consumer>|<topic>`."""


class Suite(Protocol):
    """The services whose clocks move together."""

    @property
    def services(self) -> Sequence[str]: ...

    async def rest_of(self, service: str, awaited: Sequence[str] = ()) -> Rest:
        """What the service has left to do.

        Args:
            service: its name.
            awaited: its consumers that are known to be behind; they look for records at once.

        Raises:
            Unreachable: it does not answer.
        """
        ...

    async def move_clock(self, service: str, offset: timedelta, *, hold_timers: bool) -> None:
        """Sets the service's offset to real time, and whether it holds its timers back.

        Raises:
            Invalid: the offset is smaller than the present one.
            Unreachable: it does not answer.
        """
        ...


class Notices(Protocol):
    """The notices of the last 24 hours."""

    async def since(self, tenant_id: str, notice_id: str, *, most: int) -> Sequence[SentNotice]:
        """Those recorded since that one less a margin, itself included, oldest first; none where it is not known.

        Raises:
            Unreachable: the database does not answer.
        """
        ...


class Viewers(Protocol):
    """Who people are, as the directory has it now."""

    async def viewer(self, tenant_id: str, person_id: str) -> Viewer | None:
        """What decides which notices the person sees; None for somebody without access.

        Raises:
            Unreachable: the directory cannot be read.
        """
        ...
