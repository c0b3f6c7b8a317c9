"""What both the in-memory twins and the PostgreSQL repositories of opportunities promise."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from chassis.authorization import Scope
from chassis.pages import Cursor
from pipeline.application.opportunity_ports import (
    Opportunities,
    OpportunityFilter,
    PublishedStageModel,
    StageModels,
    StageMoves,
)
from pipeline.domain.amount import Amount
from pipeline.domain.default_stage_model import DEFAULT_STAGE_MODEL
from pipeline.domain.ids import OpportunityId
from pipeline.domain.opportunity import Opportunity
from pipeline.domain.opportunity_events import OpportunityMoved
from pipeline.domain.skip_rate import SkipGrouping, SkipRateQuestion, SkipRateRow
from pipeline.domain.stage_gate import Evidence
from pipeline.domain.stage_model import StageModel
from pipeline.domain.stage_model_document import dump
from pipeline.domain.stage_move import MoveKind

from .builders import ANNA, BO, LEAD, MONDAY, NORTH, SOUTH, a_model, an_opportunity, some_details

ALL = Scope("all")
BY = f"person:{ANNA}"
REASON = "客户要求直接进入合同签署"
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class OpportunityRepositories:
    """One transaction's repositories."""

    stage_models: StageModels
    opportunities: Opportunities
    stage_moves: StageMoves

    async def keep(self, opportunity: Opportunity) -> Opportunity:
        """Keeps what the opportunity has recorded."""
        events = opportunity.pull_events()
        is_new = events[0].standing.version == 1
        await (self.opportunities.add(opportunity) if is_new else self.opportunities.save(opportunity))
        for event in events:
            if isinstance(event, OpportunityMoved):
                await self.stage_moves.add(opportunity, event.move)
        return opportunity

    async def moves(self, opportunity: Opportunity, *moves: tuple[str, datetime]) -> Opportunity:
        """Skips to stages at times and keeps each."""
        await self.keep(opportunity)
        for stage, at in moves:
            opportunity.skip_to(stage, reason=REASON, by=BY, at=at)
            await self.keep(opportunity)
        return opportunity


def published(model: StageModel, at: datetime = MONDAY) -> PublishedStageModel:
    """The model as it was published."""
    return PublishedStageModel(model.id, model.product_line, model.version, dump(model), at, BY, "why")


def by_default(**fields: object) -> Opportunity:
    """An opportunity on the built-in model."""
    return an_opportunity(model=DEFAULT_STAGE_MODEL, **fields)


class OpportunityContract:
    """Inherit and give the fixture `repositories`, which opens a transaction."""

    async def test_newest_model_of_exactly_the_product_line_is_found(
        self, repositories: AbstractAsyncContextManager[OpportunityRepositories]
    ) -> None:
        first, second = a_model(), a_model(version=2)
        general = a_model(product_line="")

        async with repositories as kept:
            for model in (first, second, general):
                await kept.stage_models.add(published(model))

            assert await kept.stage_models.newest("imaging") == published(second)
            assert await kept.stage_models.newest("") == published(general)
            assert await kept.stage_models.newest("unknown") is None
            assert await kept.stage_models.get(first.id) == published(first)
            assert await kept.stage_models.page(None, None, 2) == [published(general), published(second)]
            of_line = await kept.stage_models.page("imaging", Cursor((), second.id), 2)

        assert of_line == [published(first)]

    async def test_opportunity_comes_back_as_it_was_kept_on_the_model_it_began_on(
        self, repositories: AbstractAsyncContextManager[OpportunityRepositories]
    ) -> None:
        model = a_model()
        details = some_details(amount=Amount(1250, "CNY"), expected_close_date=date(2026, 6, 30), custom={"a": "b"})
        opportunity = an_opportunity(model=model, lead_id=LEAD, details=details)

        async with repositories as kept:
            await kept.stage_models.add(published(model))
            await kept.keep(opportunity)
            opportunity.attach("shown", Evidence("minutes", "file-1"), note="纪要", by=BY, at=MONDAY + HOUR)
            opportunity.lose("price", note="", by=BY, at=MONDAY + HOUR)
            await kept.keep(opportunity)

            assert await kept.opportunities.get(opportunity.id) == opportunity
            assert await kept.opportunities.lock(opportunity.id) == opportunity
            assert await kept.opportunities.get(OpportunityId("0190f3c4-0000-7000-8000-00000000dead")) is None

    async def test_opportunity_is_read_as_it_was_at_any_time(
        self, repositories: AbstractAsyncContextManager[OpportunityRepositories]
    ) -> None:
        opportunity = by_default()

        async with repositories as kept:
            await kept.moves(opportunity, ("solution_demo", MONDAY + HOUR), ("legal_review", MONDAY + 2 * HOUR))
            before = await kept.opportunities.as_of(opportunity.id, MONDAY - HOUR)
            seen = [await kept.opportunities.as_of(opportunity.id, MONDAY + n * HOUR / 2) for n in range(6)]

        assert before is None
        stages = ["first_contact", "first_contact", "solution_demo", "solution_demo", "legal_review", "legal_review"]
        assert [one.stage for one in seen if one] == stages

    async def test_page_is_newest_first_within_filter_scope_and_cursor(
        self, repositories: AbstractAsyncContextManager[OpportunityRepositories]
    ) -> None:
        mine = [by_default() for _ in range(3)]
        theirs = by_default(details=some_details(owner_id=BO, team_id=SOUTH), product_line="")

        async with repositories as kept:
            for one in (*mine, theirs):
                await kept.keep(one)
            mine[0].lose("price", note="", by=BY, at=MONDAY + HOUR)
            await kept.keep(mine[0])

            async def ids(wanted: OpportunityFilter, scope: Scope = ALL, after: Cursor | None = None) -> list[str]:
                return [one.id for one in await kept.opportunities.page(wanted, scope, after, 3)]

            everything = await ids(OpportunityFilter())
            assert everything == [theirs.id, mine[2].id, mine[1].id]
            assert await ids(OpportunityFilter(), after=Cursor((), mine[1].id)) == [mine[0].id]
            assert await ids(OpportunityFilter(owner_id=BO)) == [theirs.id]
            assert await ids(OpportunityFilter(team_id=SOUTH)) == [theirs.id]
            assert await ids(OpportunityFilter(product_line="")) == [theirs.id]
            assert await ids(OpportunityFilter(state="lost")) == [mine[0].id]
            assert await ids(OpportunityFilter(stage="legal_review")) == []
            assert await ids(OpportunityFilter(), Scope("own", person_id=BO)) == [theirs.id]
            assert theirs.id not in await ids(OpportunityFilter(), Scope("team", ANNA, frozenset({NORTH})))

    async def test_history_tells_when_each_entry_ended(
        self, repositories: AbstractAsyncContextManager[OpportunityRepositories]
    ) -> None:
        opportunity = by_default()

        async with repositories as kept:
            await kept.moves(opportunity, ("solution_demo", MONDAY + HOUR))
            opportunity.step_back("first_contact", reason="换了联系人", by=BY, at=MONDAY + 2 * HOUR)
            await kept.keep(opportunity)
            entries = await kept.stage_moves.page(opportunity.id, 0, 10)
            rest = await kept.stage_moves.page(opportunity.id, 1, 1)

        kinds = [entry.move.kind for entry in entries]
        assert kinds == [MoveKind.CREATED, MoveKind.SKIPPED, MoveKind.STEPPED_BACK]
        assert [entry.left_at for entry in entries] == [MONDAY + HOUR, MONDAY + 2 * HOUR, None]
        assert entries[1].move.skipped_stages == ("needs_confirmed",)
        assert rest == [entries[1]]

    async def test_skip_rate_counts_moves_forward_to_their_owner_within_span_and_scope(
        self, repositories: AbstractAsyncContextManager[OpportunityRepositories]
    ) -> None:
        annas, bos = by_default(), by_default(details=some_details(owner_id=BO, team_id=SOUTH), product_line="ct")

        async with repositories as kept:
            await kept.moves(annas, ("solution_demo", MONDAY + HOUR), ("contract_signing", MONDAY + 2 * HOUR))
            annas.tick("kickoff_held", note="", by=BY, at=MONDAY + 2 * HOUR)
            annas.attach("signed_contract", Evidence("signed_contract", "f"), note="", by=BY, at=MONDAY + 2 * HOUR)
            await kept.keep(annas)
            annas.advance(by=BY, at=MONDAY + 3 * HOUR)
            await kept.keep(annas)
            await kept.moves(bos, ("needs_confirmed", MONDAY + HOUR))

            async def rates(scope: Scope = ALL, **asked: object) -> Sequence[SkipRateRow]:
                found = await kept.stage_moves.skip_rates(SkipRateQuestion(**asked), scope, MONDAY + 9 * HOUR)  # type: ignore[arg-type]  # as each test names them
                return sorted(found, key=lambda row: row.group)

            jumped = {
                "needs_confirmed": 1, "technical_confirmation": 1, "commercial_terms": 1, "legal_review": 1,
            }  # fmt: skip
            of_anna, of_bo = SkipRateRow(ANNA, 3, 2, jumped), SkipRateRow(BO, 1, 1, {})
            assert await rates(group_by=SkipGrouping.REP) == [of_anna, of_bo]
            assert await rates() == [SkipRateRow("", 4, 3, jumped)]
            assert await rates(group_by=SkipGrouping.TEAM, product_line="ct") == [SkipRateRow(SOUTH, 1, 1, {})]
            assert await rates(Scope("own", person_id=BO), group_by=SkipGrouping.REP) == [of_bo]
            late = await rates(moved_from=MONDAY + 2 * HOUR, moved_before=MONDAY + 3 * HOUR)

        assert [(row.forward_moves, row.skips) for row in late] == [(1, 1)]
