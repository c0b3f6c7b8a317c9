"""Open, fill, remind of and read the summaries of first contacts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from chassis.authorization import Authorizer, Resource, Scope
from chassis.errors import NotFound
from chassis.pages import Cursor
from pipeline.application.lead_standings import standing_of
from pipeline.application.opportunity_changes import actor
from pipeline.application.ports import Leads, UnitOfWork, Work
from pipeline.domain.first_contact import (
    FirstContactSettings,
    FirstContactSummary,
    IntentLevel,
    SummaryContent,
    SummaryOpened,
    SummaryOverdue,
    SummarySubmitted,
)
from pipeline.domain.follow_up import FollowUp
from pipeline.domain.ids import LeadId

SUMMARY_DUE = "pipeline.first_contact_summary"
"""The timer that rings when a summary is due. Key: lead id."""
_RECORD, _READ = "follow_up.record", "follow_up.read"


@dataclass(frozen=True, slots=True)
class SubmitSummary:
    """What was learnt at the first contact with a lead."""

    lead_id: LeadId
    content: SummaryContent


@dataclass(frozen=True, slots=True)
class PutFirstContactSettings:
    """The settings that are to hold."""

    version: int
    """As the caller saw it."""
    limit: timedelta
    intent_levels: tuple[IntentLevel, ...]


@dataclass(frozen=True, slots=True)
class FirstContactDesk:
    """Whoever may follow the lead up may fill the summary: a supervisor, too, and a new owner."""

    unit_of_work: UnitOfWork
    leads: Leads
    authorizer: Authorizer

    async def submit(self, command: SubmitSummary) -> FirstContactSummary:
        """Keeps what was learnt and closes the summary.

        Raises:
            NotFound: no such lead for this caller, or no contact with it yet.
            Invalid: names every field that is missing or cannot be.
            FirstContactSummaryClosed: it was filled before.
        """
        await self._require_lead(command.lead_id, _RECORD)
        async with self.unit_of_work.begin() as work:
            before = await work.first_contacts.lock(command.lead_id)
            if before is None:
                raise NotFound("first-contact summary", command.lead_id)
            settings = await work.first_contacts.settings()
            after = before.submitted(command.content, settings.intent_levels, by=actor(), at=work.now)
            await work.first_contacts.save(after)
            await work.timers.cancel(SUMMARY_DUE, after.lead_id)
            work.outbox.append(SummarySubmitted(after))
            _audit(work, "first_contact_summary.submit", before, after)
            return await work.answer(after)

    async def get(self, lead_id: LeadId) -> FirstContactSummary:
        """The summary of a lead.

        Raises:
            NotFound: no such lead for this caller, or no contact with it yet.
        """
        await self._require_lead(lead_id, _READ)
        async with self.unit_of_work.begin() as work:
            summary = await work.first_contacts.get(lead_id)
        if summary is None:
            raise NotFound("first-contact summary", lead_id)
        return summary

    async def page(
        self, person_id: str, after: Cursor | None, size: int, *, only_overdue: bool
    ) -> Sequence[FirstContactSummary]:
        """Open summaries of contacts that the caller may see, the latest opened first, at most `size`."""
        scope: Scope = self.authorizer.scope(_READ)
        async with self.unit_of_work.begin() as work:
            return await work.first_contacts.page(person_id, scope, after, size, only_overdue=only_overdue)

    async def settings(self) -> FirstContactSettings:
        """The settings that hold."""
        async with self.unit_of_work.begin() as work:
            return await work.first_contacts.settings()

    async def put_settings(self, command: PutFirstContactSettings) -> FirstContactSettings:
        """Keeps settings for contacts from now on.

        Raises:
            Stale: they have changed since.
            Invalid: names what cannot be.
        """
        async with self.unit_of_work.begin() as work:
            before = await work.first_contacts.lock_settings()
            after = before.put(command.limit, command.intent_levels, seen=command.version)
            if after is not before:
                await work.first_contacts.save_settings(after)
                work.audit.record(
                    action="first_contact_settings.put",
                    resource="first-contact-settings",
                    before=_facts(before),
                    after=_facts(after),
                )
            return await work.answer(after)

    async def ring(self, lead_id: LeadId) -> None:
        """The limit of a summary has passed: whoever owes it is told, unless it was filled."""
        async with self.unit_of_work.begin() as work:
            before = await work.first_contacts.lock(lead_id)
            after = before.expired() if before else None
            if after is not None and after is not before:
                await work.first_contacts.save(after)
                work.outbox.append(SummaryOverdue(after))

    async def _require_lead(self, lead_id: LeadId, permission: str) -> None:
        standing = await standing_of(lead_id, self.unit_of_work, self.leads)
        resource = Resource(owner_id=standing.owner_id, team_id=standing.team_id)
        self.authorizer.require_visible(permission, resource, kind="lead", id=lead_id)


async def open_summary(work: Work, follow_up: FollowUp) -> None:
    """Opens the summary of a lead where this is the first follow-up of it that was recorded."""
    if follow_up.lead_id is None:
        return
    settings = await work.first_contacts.settings()
    summary = FirstContactSummary.of(follow_up, follow_up.lead_id, settings.limit)
    if await work.first_contacts.add(summary):
        await work.timers.set(SUMMARY_DUE, summary.lead_id, summary.due_at, {})
        work.outbox.append(SummaryOpened(summary))
        _audit(work, "first_contact_summary.open", None, summary)


def _audit(work: Work, action: str, before: FirstContactSummary | None, after: FirstContactSummary) -> None:
    """Without what was typed: people write names into it."""
    work.audit.record(
        action=action,
        resource=f"leads/{after.lead_id}/first-contact-summary",
        before={"version": before.version, "is_overdue": before.is_overdue} if before else None,
        after={
            "person_id": after.person_id,
            "due_at": after.due_at,
            "is_overdue": after.is_overdue,
            "intent_level": after.content.intent_level if after.content else "",
            "version": after.version,
        },
    )


def _facts(settings: FirstContactSettings) -> dict[str, object]:
    return {
        "version": settings.version,
        "limit_min": int(settings.limit.total_seconds() // 60),
        "intent_levels": {level.code: level.name for level in settings.intent_levels},
    }
