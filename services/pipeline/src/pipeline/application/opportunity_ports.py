"""What the use cases of stage models and opportunities need from outside, in the words of the domain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from chassis.authorization import Scope
from chassis.directory_snapshot import DirectoryPerson
from chassis.ids import PersonId, TenantId
from chassis.pages import Cursor
from pipeline.domain.ids import OpportunityId, StageModelId
from pipeline.domain.opportunity import Opportunity
from pipeline.domain.skip_rate import SkipRateQuestion, SkipRateRow
from pipeline.domain.stage_move import StageMove


@dataclass(frozen=True, slots=True)
class PublishedStageModel:
    """A stage model as it was published: the document whole, defaults written out."""

    id: StageModelId
    product_line: str
    version: int
    document: Mapping[str, Any]
    published_at: datetime | None
    """None for the built-in one, which nobody published."""
    published_by: str
    note: str


@dataclass(frozen=True, slots=True)
class OpportunityFilter:
    """Which opportunities are wanted; empty fields do not narrow."""

    owner_id: str = ""
    team_id: str = ""
    customer_id: str = ""
    lead_id: str = ""
    stage: str = ""
    state: str = ""
    product_line: str | None = None
    """None for all; an empty one is a product line, too."""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A move, and when the next one came."""

    move: StageMove
    left_at: datetime | None


class StageModels(Protocol):
    """The tenant's stage models: versions that are only ever added. The built-in one is not among them."""

    async def hold(self, product_line: str) -> None:
        """Lets nobody else publish for the product line until the transaction ends."""
        ...

    async def add(self, model: PublishedStageModel) -> None:
        """Keeps a new version."""
        ...

    async def newest(self, product_line: str) -> PublishedStageModel | None:
        """The newest version of exactly this product line; None where it has none."""
        ...

    async def get(self, model_id: StageModelId) -> PublishedStageModel | None:
        """One version, or None."""
        ...

    async def page(self, product_line: str | None, after: Cursor | None, size: int) -> Sequence[PublishedStageModel]:
        """Versions of a product line, or of all, newest first, after the cursor, at most `size`."""
        ...


class Opportunities(Protocol):
    """All opportunities of the tenant."""

    async def add(self, opportunity: Opportunity) -> None:
        """Keeps a new opportunity, with its first revision."""
        ...

    async def save(self, opportunity: Opportunity) -> None:
        """Keeps a changed opportunity that is held, with its revision."""
        ...

    async def lock(self, opportunity_id: OpportunityId) -> Opportunity | None:
        """The opportunity, held until the transaction ends; or None."""
        ...

    async def get(self, opportunity_id: OpportunityId) -> Opportunity | None:
        """The opportunity as it is, or None."""
        ...

    async def as_of(self, opportunity_id: OpportunityId, at: datetime) -> Opportunity | None:
        """The opportunity as it was at a moment; None before it was created."""
        ...

    async def page(
        self, wanted: OpportunityFilter, scope: Scope, after: Cursor | None, size: int
    ) -> Sequence[Opportunity]:
        """Opportunities that the scope includes, newest first, after the cursor, at most `size`."""
        ...

    async def search(self, beginning: str, scope: Scope, size: int) -> Sequence[Opportunity]:
        """Opportunities that the scope includes with a search key that begins so, nearest first, at most `size`."""
        ...


class StageMoves(Protocol):
    """The stage history of the tenant's opportunities: rows that are only ever added."""

    async def add(self, opportunity: Opportunity, move: StageMove) -> None:
        """Keeps a move."""
        ...

    async def page(self, opportunity_id: OpportunityId, after: int, size: int) -> Sequence[HistoryEntry]:
        """Entries of one opportunity after a number, oldest first, at most `size`; 0 for all."""
        ...

    async def skip_rates(self, question: SkipRateQuestion, scope: Scope, now: datetime) -> Sequence[SkipRateRow]:
        """Groups of the moves forward that the scope includes, in no order."""
        ...


class Company(Protocol):
    """The tenant's people, and in what it reckons."""

    async def person(self, tenant_id: TenantId, person_id: PersonId) -> DirectoryPerson | None:
        """A person's place in the company; None where there is no such person."""
        ...

    async def currency(self, tenant_id: TenantId) -> str:
        """The tenant's currency, by ISO 4217."""
        ...
