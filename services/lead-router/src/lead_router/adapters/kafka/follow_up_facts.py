"""Reads the pipeline's facts about follow-ups."""

from collections.abc import Mapping

from google.protobuf.message import Message

from chassis.event_headers import Event
from chassis.proto_values import moment_of
from chassis.subscription import Handler
from lead_router.application.attach_documents import AttachDocuments, AttachDocumentsHandler
from lead_router.application.note_follow_up import NoteFollowUp, NoteFollowUpHandler
from lead_router.domain.ids import FileId, LeadId
from throughline.pipeline.v1.events_pb2 import FollowUpRecorded


def follow_up_handlers(
    note_follow_up: NoteFollowUpHandler, attach_documents: AttachDocumentsHandler
) -> Mapping[type[Message], Handler]:
    """A follow-up of a lead stops its clocks, and its files may qualify it; one of a customer does not concern us."""

    async def handle(event: Event[FollowUpRecorded]) -> None:
        fact = event.message
        if fact.lead_id:
            lead_id, occurred_at = LeadId(fact.lead_id), moment_of(fact.occurred_at)
            await note_follow_up(NoteFollowUp(fact.follow_up_id, lead_id, occurred_at))
            documents = [(document.kind, FileId(document.file_id)) for document in fact.documents]
            await attach_documents(AttachDocuments(lead_id, documents))

    return {FollowUpRecorded: handle}
