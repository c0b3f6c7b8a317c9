"""Record a follow-up: it is kept, audited, and told to whoever waits for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chassis import context
from chassis.authorization import Authorizer, Resource
from chassis.errors import Forbidden, Violation
from chassis.files.file import FileId
from chassis.files.ports import Referrers
from chassis.files.references import refer, usable_files
from chassis.ids import new_id
from pipeline.application.first_contacts import open_summary
from pipeline.application.follow_up_standards import active_standard
from pipeline.application.lead_standings import standing_of
from pipeline.application.ports import Leads, UnitOfWork, Work
from pipeline.application.referrers import FOLLOW_UPS, LEADS
from pipeline.domain.events import FiledDocument
from pipeline.domain.follow_up import FollowUp, NextAction
from pipeline.domain.ids import CustomerId, FollowUpId, LeadId
from pipeline.domain.lead_standing import LeadStanding


@dataclass(frozen=True, slots=True)
class RecordFollowUp:
    """A contact that happened, as its person tells it."""

    lead_id: LeadId | None
    customer_id: CustomerId | None
    channel: str
    tags: tuple[str, ...]
    summary: str
    next_action: NextAction | None
    occurred_at: datetime | None
    """None for now."""
    custom: Mapping[str, str] = field(default_factory=dict)
    file_ids: tuple[FileId, ...] = ()
    """Files that came out of it."""
    decision_chain_update: str = ""
    """What is new in the decision chain."""


@dataclass(frozen=True, slots=True)
class RecordFollowUpHandler:
    """Only a person records follow-ups, and only of leads that this person may see."""

    unit_of_work: UnitOfWork
    leads: Leads
    authorizer: Authorizer
    referrers: Referrers

    async def __call__(self, command: RecordFollowUp) -> FollowUp:
        """Keeps the follow-up and returns it.

        Raises:
            NotFound: no such lead for this caller.
            LeadClosed: the lead has ended.
            Invalid: a time cannot be, or a file cannot be referred to; all of them are named.
        """
        caller = context.current().principal
        if caller.person_id is None:
            raise Forbidden("follow_up.record")
        standing = await standing_of(command.lead_id, self.unit_of_work, self.leads) if command.lead_id else None
        async with self.unit_of_work.begin() as work:
            if standing is not None:
                self._require_workable(standing)
            documents, faults = await self._documents(work, command)
            follow_up = FollowUp(
                id=FollowUpId(new_id()),
                lead_id=command.lead_id,
                customer_id=command.customer_id,
                person_id=caller.person_id,
                team_id=caller.team_id,
                channel=command.channel,
                tags=command.tags,
                summary=command.summary,
                next_action=command.next_action,
                occurred_at=command.occurred_at or work.now,
                recorded_at=work.now,
                custom=command.custom,
                documents=documents,
                decision_chain_update=command.decision_chain_update,
            )
            follow_up.require_plausible(faults)
            follow_up = await self._judged(work, follow_up)
            await work.follow_ups.add(follow_up)
            await self._refer(work, follow_up)
            work.outbox.append(follow_up.recorded())
            await open_summary(work, follow_up)
            work.audit.record(
                action="follow_up.record",
                resource=f"follow-ups/{follow_up.id}",
                after={
                    "subject": follow_up.subject_id,
                    "channel": follow_up.channel,
                    "tags": follow_up.tags,
                    "missing_criteria": follow_up.verdict.missing if follow_up.verdict else (),
                    "files": [document.file_id for document in follow_up.documents],
                },
            )
            return await work.answer(follow_up)

    async def _documents(
        self, work: Work, command: RecordFollowUp
    ) -> tuple[tuple[FiledDocument, ...], Sequence[Violation]]:
        wanted = {f"file_ids[{at}]": file_id for at, file_id in enumerate(command.file_ids)}
        if not wanted:
            return (), ()
        files, faults = await usable_files(work, self.authorizer, self.referrers, wanted)
        found = [FiledDocument(one, files[one].kind) for one in command.file_ids if one in files]
        return tuple(found), faults

    @staticmethod
    async def _judged(work: Work, follow_up: FollowUp) -> FollowUp:
        """Held against the standard of its type of customer, before it refers to its files itself."""
        files = await work.files.lock_all([FileId(document.file_id) for document in follow_up.documents])
        seen = await work.files.hashes_referred([file.sha256 for file in files.values()], by=FOLLOW_UPS)
        new_kinds = [file.kind for file in files.values() if file.sha256 not in seen]
        customer_type = await work.customer_types.get(follow_up.subject_id)
        standard = (await active_standard(work, customer_type)).standard
        return follow_up.judged(standard, customer_type, new_kinds)

    @staticmethod
    async def _refer(work: Work, follow_up: FollowUp) -> None:
        """The lead, too, refers to the files: they are found by it, whoever recorded the follow-up."""
        files = [FileId(document.file_id) for document in follow_up.documents]
        if files:
            await refer(work, files, f"{FOLLOW_UPS}/{follow_up.id}")
            if follow_up.lead_id:
                await refer(work, files, f"{LEADS}/{follow_up.lead_id}")

    def _require_workable(self, standing: LeadStanding) -> None:
        self.authorizer.require_visible(
            "follow_up.record",
            Resource(owner_id=standing.owner_id, team_id=standing.team_id),
            kind="lead",
            id=standing.lead_id,
        )
        standing.require_workable()
