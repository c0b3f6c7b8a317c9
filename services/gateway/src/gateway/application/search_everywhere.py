"""Search over all services: owners are asked at the same time, and one that is away keeps none back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from chassis.errors import DeadlineExceeded, Exhausted, Forbidden, ThroughlineError, Unreachable
from chassis.logs import logger
from gateway.domain.search_hit import FoundThing, SearchHit, SearchKind, ranked

FindKind = Callable[[str, int], Awaitable[Sequence[FoundThing]]]
"""Asks the owner of one kind, as the running request's caller: the query, and how many at the most."""

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """What was found, and which kinds are missing in it."""

    hits: Sequence[SearchHit]
    unanswered: Sequence[SearchKind]
    forbidden: Sequence[SearchKind]


@dataclass(frozen=True, slots=True)
class SearchEverywhere:
    """Asks owners."""

    owners: Mapping[SearchKind, FindKind]

    async def __call__(self, query: str, kinds: Sequence[SearchKind], size: int) -> SearchAnswer:
        """The nearest things of these kinds, of all where none is named.

        Raises:
            ThroughlineError: an owner refuses the query itself.
        """
        asked = list(dict.fromkeys(kinds)) or list(self.owners)
        answers = await asyncio.gather(*(self._ask(kind, query, size) for kind in asked))
        found = [thing for things in answers if isinstance(things, list) for thing in things]
        missing = dict(zip(asked, answers, strict=True))
        return SearchAnswer(
            ranked(query, found, size),
            unanswered=[
                kind
                for kind, answer in missing.items()
                if isinstance(answer, Exception) and not isinstance(answer, Forbidden)
            ],
            forbidden=[kind for kind, answer in missing.items() if isinstance(answer, Forbidden)],
        )

    async def _ask(self, kind: SearchKind, query: str, size: int) -> list[FoundThing] | ThroughlineError:
        try:
            return list(await self.owners[kind](query, size))
        except (Unreachable, DeadlineExceeded, Exhausted, Forbidden) as absence:
            if not isinstance(absence, Forbidden):
                log.warning("search.unanswered", kind=kind.value, fault=absence.reason)
            return absence
