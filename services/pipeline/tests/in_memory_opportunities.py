"""The twins of the repositories of opportunities: the same answers, from lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from copy import deepcopy
from datetime import datetime

from chassis.authorization import Resource, Scope
from chassis.pages import Cursor
from matching.search_keys import closeness
from pipeline.application.opportunity_ports import HistoryEntry, OpportunityFilter, PublishedStageModel
from pipeline.domain.ids import OpportunityId, StageModelId
from pipeline.domain.opportunity import Opportunity
from pipeline.domain.skip_rate import SkipGrouping, SkipRateQuestion, SkipRateRow
from pipeline.domain.stage_move import MoveKind, StageMove


class InMemoryStageModels:
    """As `PostgresStageModels`."""

    def __init__(self) -> None:
        self._kept: list[PublishedStageModel] = []

    async def hold(self, product_line: str) -> None:
        """Nobody else is here."""

    async def add(self, model: PublishedStageModel) -> None:
        self._kept.append(model)

    async def newest(self, product_line: str) -> PublishedStageModel | None:
        of_line = [model for model in self._kept if model.product_line == product_line]
        return max(of_line, key=lambda model: model.version, default=None)

    async def get(self, model_id: StageModelId) -> PublishedStageModel | None:
        return next((model for model in self._kept if model.id == model_id), None)

    async def page(self, product_line: str | None, after: Cursor | None, size: int) -> Sequence[PublishedStageModel]:
        found = [
            model
            for model in self._kept
            if product_line in {None, model.product_line} and (after is None or model.id < after.id)
        ]
        return sorted(found, key=lambda model: model.id, reverse=True)[:size]


class InMemoryOpportunities:
    """As `PostgresOpportunities`."""

    def __init__(self) -> None:
        self._revisions: dict[OpportunityId, list[Opportunity]] = {}

    async def add(self, opportunity: Opportunity) -> None:
        self._revisions[opportunity.id] = [deepcopy(opportunity)]

    async def save(self, opportunity: Opportunity) -> None:
        self._revisions[opportunity.id].append(deepcopy(opportunity))

    async def lock(self, opportunity_id: OpportunityId) -> Opportunity | None:
        return await self.get(opportunity_id)

    async def get(self, opportunity_id: OpportunityId) -> Opportunity | None:
        revisions = self._revisions.get(opportunity_id)
        return deepcopy(revisions[-1]) if revisions else None

    async def as_of(self, opportunity_id: OpportunityId, at: datetime) -> Opportunity | None:
        until = [one for one in self._revisions.get(opportunity_id, []) if one.changed_at <= at]
        return deepcopy(until[-1]) if until else None

    async def page(
        self, wanted: OpportunityFilter, scope: Scope, after: Cursor | None, size: int
    ) -> Sequence[Opportunity]:
        present = [revisions[-1] for revisions in self._revisions.values()]
        found = [
            one
            for one in present
            if scope.includes(Resource(one.owner_id, one.team_id))
            and wanted.owner_id in {"", one.owner_id}
            and wanted.team_id in {"", one.team_id}
            and wanted.customer_id in {"", one.customer_id}
            and wanted.lead_id in {"", one.lead_id}
            and wanted.stage in {"", one.stage}
            and wanted.state in {"", one.state.value}
            and wanted.product_line in {None, one.product_line}
            and (after is None or one.id < after.id)
        ]
        return deepcopy(sorted(found, key=lambda one: one.id, reverse=True)[:size])

    async def search(self, beginning: str, scope: Scope, size: int) -> Sequence[Opportunity]:
        seen = [
            revisions[-1]
            for revisions in self._revisions.values()
            if scope.includes(Resource(revisions[-1].owner_id, revisions[-1].team_id))
        ]
        near = {one.id: closeness(beginning, [one.details.title]) for one in seen}
        found = sorted((one for one in seen if near[one.id]), key=lambda one: -near[one.id])
        return deepcopy(found[:size])


class InMemoryStageMoves:
    """As `PostgresStageMoves`."""

    def __init__(self) -> None:
        self._kept: list[tuple[Opportunity, StageMove]] = []

    async def add(self, opportunity: Opportunity, move: StageMove) -> None:
        self._kept.append((deepcopy(opportunity), move))

    async def page(self, opportunity_id: OpportunityId, after: int, size: int) -> Sequence[HistoryEntry]:
        moves = sorted((move for one, move in self._kept if one.id == opportunity_id), key=lambda move: move.number)
        ends = [*(move.at for move in moves[1:]), None]
        entries = [HistoryEntry(move, left_at) for move, left_at in zip(moves, ends, strict=False)]
        return [entry for entry in entries if entry.move.number > after][:size]

    async def skip_rates(self, question: SkipRateQuestion, scope: Scope, now: datetime) -> Sequence[SkipRateRow]:
        groups: dict[str, list[StageMove]] = {}
        for one, move in self._kept:
            if _counts(question, one, move, now) and scope.includes(Resource(move.owner_id, move.team_id)):
                by = {SkipGrouping.NOTHING: "", SkipGrouping.REP: move.owner_id, SkipGrouping.TEAM: move.team_id or ""}
                groups.setdefault(by[question.group_by], []).append(move)
        return [_row(group, moves) for group, moves in groups.items()]


def _counts(question: SkipRateQuestion, one: Opportunity, move: StageMove, now: datetime) -> bool:
    return (
        move.kind in {MoveKind.ADVANCED, MoveKind.SKIPPED}
        and (question.moved_from is None or move.at >= question.moved_from)
        and (move.at < question.moved_before if question.moved_before else move.at <= now)
        and question.product_line in {None, one.product_line}
    )


def _row(group: str, moves: list[StageMove]) -> SkipRateRow:
    skips = [move for move in moves if move.kind is MoveKind.SKIPPED]
    stages = Counter(stage for move in skips for stage in move.skipped_stages)
    return SkipRateRow(group, len(moves), len(skips), dict(stages))
