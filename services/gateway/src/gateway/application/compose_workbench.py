"""The workbench of one person, put together from what several services own; each part may be missing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from chassis.errors import ThroughlineError, Unreachable

Content: TypeAlias = Mapping[str, Any]
"""A part, as its JSON says it."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one service tells, or why it could not be had."""

    content: Content | None
    reason: str = ""
    """Of the error, for example `UNREACHABLE`."""


@dataclass(frozen=True, slots=True)
class ComposeWorkbench:
    """Asks all owners at once, each within the same time, so that one that is slow or down costs only its part."""

    parts: Mapping[str, Callable[[str], Awaitable[Content]]]
    """By name: asks for the part of a person."""
    patience_s: float = 3.0

    async def __call__(self, person_id: str) -> dict[str, Part]:
        """The parts of the person's workbench, by name."""
        found = await asyncio.gather(*(self._part(name, person_id) for name in self.parts))
        return dict(zip(self.parts, found, strict=True))

    async def _part(self, name: str, person_id: str) -> Part:
        try:
            async with asyncio.timeout(self.patience_s):
                return Part(await self.parts[name](person_id))
        except TimeoutError:
            return Part(None, Unreachable.reason)
        except ThroughlineError as error:
            return Part(None, error.reason)
