"""Documents of a lead came: the last of those that the policy asks for makes it qualified, once."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.errors import NotFound
from lead_router.application.ports import UnitOfWork
from lead_router.application.routing_board import RoutingBoards
from lead_router.domain.ids import FileId, LeadId
from lead_router.domain.lead_state import LeadState
from lead_router.domain.qualification import DocumentKind


@dataclass(frozen=True, slots=True)
class AttachDocuments:
    """Ready files that a follow-up of the lead carries, and what each is in business."""

    lead_id: LeadId
    documents: Sequence[tuple[str, FileId]]


@dataclass(frozen=True, slots=True)
class AttachDocumentsHandler:
    """Only an owned lead is qualified: it counts to its owner."""

    unit_of_work: UnitOfWork
    boards: RoutingBoards

    async def __call__(self, command: AttachDocuments) -> None:
        """Attaches those of the documents that qualify a lead; others do not concern the router.

        Raises:
            NotFound: there is no such lead.
        """
        kinds = {kind.value: kind for kind in DocumentKind}
        qualifying = [(kinds[word], file_id) for word, file_id in command.documents if word in kinds]
        if not qualifying:
            return
        async with self.unit_of_work.begin() as work:
            stored = await work.leads.lock(command.lead_id)
            if stored is None:
                raise NotFound("lead", command.lead_id)
            if stored.lead.state is not LeadState.ASSIGNED:
                return
            required = (await self.boards.policy(work)).sla.required_documents
            for kind, file_id in qualifying:
                stored.lead.attach_document(kind, file_id, at=work.now, required=required)
            await work.leads.save(stored)
            for event in stored.lead.pull_events():
                work.outbox.append(event)
