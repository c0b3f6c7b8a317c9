"""Conversions on fakes: repositories, durable processes, and transactions that roll back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from chassis.authorization import Resource, Scope
from chassis.durable_processes import ProcessStanding
from chassis.pages import Cursor
from pipeline.application.conversion_ports import ConversionFilter
from pipeline.domain.conversion import LIVE, Conversion
from pipeline.domain.ids import ConversionId, LeadId

from .builders import MONDAY, TENANT
from .in_memory import InMemoryFollowUps
from .in_memory_opportunities import InMemoryOpportunities, InMemoryStageModels, InMemoryStageMoves

R = TypeVar("R")


class InMemoryConversions:
    """As `PostgresConversions`."""

    def __init__(self) -> None:
        self.kept: dict[ConversionId, Conversion] = {}
        self.built_upon: list[str] = []
        """What somebody added to the new customer in this service."""

    async def add(self, conversion: Conversion) -> bool:
        if await self.live_of(conversion.lead_id) is not None:
            return False
        self.kept[conversion.id] = deepcopy(conversion)
        return True

    async def live_of(self, lead_id: LeadId) -> Conversion | None:
        live = [one for one in self.kept.values() if one.lead_id == lead_id and one.state in LIVE]
        return deepcopy(live[0]) if live else None

    async def get(self, conversion_id: ConversionId) -> Conversion | None:
        return deepcopy(self.kept.get(conversion_id))

    async def lock(self, conversion_id: ConversionId) -> Conversion | None:
        return await self.get(conversion_id)

    async def save(self, conversion: Conversion) -> None:
        self.kept[conversion.id] = deepcopy(conversion)

    async def page(
        self, wanted: ConversionFilter, scope: Scope, after: Cursor | None, size: int
    ) -> Sequence[Conversion]:
        found = [
            one
            for one in self.kept.values()
            if scope.includes(Resource(one.owner_id, one.team_id))
            and wanted.lead_id in {"", one.lead_id}
            and wanted.customer_id in {"", one.customer_id}
            and wanted.state in {"", one.state.value}
            and (after is None or one.id < after.id)
        ]
        return deepcopy(sorted(found, key=lambda one: one.id, reverse=True)[:size])

    async def added_to(self, conversion: Conversion) -> Sequence[str]:
        return list(self.built_upon) if conversion.is_new_customer else []


class InMemoryProcesses:
    """Those that go on."""

    def __init__(self) -> None:
        self.due: set[str] = set()

    async def begin(self, kind: str, process_id: str) -> None:
        self.due.add(process_id)

    async def went_on(self, process_id: str, *, is_at_rest: bool) -> None:
        if is_at_rest:
            self.due.discard(process_id)

    async def standings(self, process_ids: Collection[str]) -> Mapping[str, ProcessStanding]:
        return {one: ProcessStanding(next_try_at=MONDAY) for one in process_ids if one in self.due}


class InMemoryFirstContacts:
    """Nobody has spoken with anybody."""

    async def get(self, lead_id: LeadId) -> None:
        return None


@dataclass
class Store:
    """All that is committed."""

    follow_ups: InMemoryFollowUps = field(default_factory=InMemoryFollowUps)
    stage_models: InMemoryStageModels = field(default_factory=InMemoryStageModels)
    opportunities: InMemoryOpportunities = field(default_factory=InMemoryOpportunities)
    stage_moves: InMemoryStageMoves = field(default_factory=InMemoryStageMoves)
    conversions: InMemoryConversions = field(default_factory=InMemoryConversions)
    processes: InMemoryProcesses = field(default_factory=InMemoryProcesses)
    first_contacts: InMemoryFirstContacts = field(default_factory=InMemoryFirstContacts)
    events: list[Any] = field(default_factory=list)
    audited: list[str] = field(default_factory=list)


class InMemoryWork:
    """One transaction on a store."""

    def __init__(self, store: Store, now: datetime) -> None:
        self.now, self.tenant_id = now, TENANT
        self.follow_ups, self.stage_models = store.follow_ups, store.stage_models
        self.opportunities, self.stage_moves = store.opportunities, store.stage_moves
        self.conversions, self.processes = store.conversions, store.processes
        self.first_contacts = store.first_contacts
        self.outbox = self.audit = self
        self._store = store

    def append(self, event: Any) -> None:
        self._store.events.append(event)

    def tell_of_conversion(self, conversion: Conversion) -> None:
        self._store.events.append(f"conversion.{conversion.state}")

    def record(self, *, action: str, **_: object) -> None:
        self._store.audited.append(action)

    async def answer(self, result: R) -> R:
        return result


class InMemoryUnitOfWork:
    """One transaction at a time; what ends by an exception has never been."""

    def __init__(self) -> None:
        self.store = Store()
        self.now = MONDAY
        self._free = asyncio.Lock()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Any]:
        async with self._free:
            changed = deepcopy(self.store)
            yield InMemoryWork(changed, self.now)
            self.store = changed
