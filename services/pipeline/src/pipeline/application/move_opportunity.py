"""Move an opportunity through its stages, end it, and open it again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from chassis.authorization import Authorizer
from pipeline.application.opportunity_changes import actor, audited, held, keep
from pipeline.application.ports import UnitOfWork
from pipeline.domain.ids import OpportunityId
from pipeline.domain.opportunity import Opportunity


@dataclass(frozen=True, slots=True)
class Seen:
    """The opportunity that is meant, as the caller saw it."""

    opportunity_id: OpportunityId
    version: int


@dataclass(frozen=True, slots=True)
class MoveDesk:
    """All methods raise NotFound for a foreign opportunity, Stale for an older version, OpportunityStateForbids where
    its state forbids it; `Opportunity` says what else each may raise."""

    unit_of_work: UnitOfWork
    authorizer: Authorizer

    async def advance(self, seen: Seen) -> Opportunity:
        """To the next stage, through both gates."""
        return await self._move(seen, "advance", lambda one, at: one.advance(by=actor(), at=at))

    async def skip_to(self, seen: Seen, stage: str, reason: str) -> Opportunity:
        """To a later stage, past the gates."""
        return await self._move(seen, "skip", lambda one, at: one.skip_to(stage, reason=reason, by=actor(), at=at))

    async def step_back(self, seen: Seen, stage: str, reason: str) -> Opportunity:
        """To an earlier stage."""
        return await self._move(
            seen, "step_back", lambda one, at: one.step_back(stage, reason=reason, by=actor(), at=at)
        )

    async def win(self, seen: Seen, note: str) -> Opportunity:
        """Ends it as won."""
        return await self._move(seen, "win", lambda one, at: one.win(note=note, by=actor(), at=at))

    async def lose(self, seen: Seen, loss_reason: str, note: str) -> Opportunity:
        """Ends it as lost."""
        return await self._move(seen, "lose", lambda one, at: one.lose(loss_reason, note=note, by=actor(), at=at))

    async def reopen(self, seen: Seen, reason: str) -> Opportunity:
        """Opens it again."""
        return await self._move(seen, "reopen", lambda one, at: one.reopen(reason=reason, by=actor(), at=at))

    async def _move(self, seen: Seen, word: str, move: Callable[[Opportunity, datetime], None]) -> Opportunity:
        async with self.unit_of_work.begin() as work:
            opportunity = await held(work, self.authorizer, seen.opportunity_id, seen.version)
            before = audited(opportunity)
            move(opportunity, work.now)
            return await keep(work, opportunity, action=f"opportunity.{word}", before=before)
