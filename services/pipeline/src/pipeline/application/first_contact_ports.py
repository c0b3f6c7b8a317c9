"""What the summaries of first contacts need from outside."""

from collections.abc import Sequence
from typing import Protocol

from chassis.authorization import Scope
from chassis.pages import Cursor
from pipeline.domain.first_contact import FirstContactSettings, FirstContactSummary
from pipeline.domain.ids import LeadId


class FirstContacts(Protocol):
    """The summaries of the tenant's first contacts, one per lead, and the tenant's settings."""

    async def add(self, summary: FirstContactSummary) -> bool:
        """Keeps a new summary; False where the lead has one."""
        ...

    async def get(self, lead_id: LeadId) -> FirstContactSummary | None:
        """The summary of a lead, or None."""
        ...

    async def lock(self, lead_id: LeadId) -> FirstContactSummary | None:
        """The summary of a lead, held until the transaction ends; or None."""
        ...

    async def save(self, summary: FirstContactSummary) -> None:
        """Keeps a changed summary that is held."""
        ...

    async def page(
        self, person_id: str, scope: Scope, after: Cursor | None, size: int, *, only_overdue: bool
    ) -> Sequence[FirstContactSummary]:
        """Open summaries that the scope includes, the latest opened first, after the cursor, at most `size`."""
        ...

    async def settings(self) -> FirstContactSettings:
        """The settings; those that every tenant begins with where nothing was set."""
        ...

    async def lock_settings(self) -> FirstContactSettings:
        """The settings, which nobody else changes until the transaction ends."""
        ...

    async def save_settings(self, settings: FirstContactSettings) -> None:
        """Keeps changed settings."""
        ...
