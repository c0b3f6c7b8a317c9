"""Facts of the domain as the messages that leave, with the notice that screens get."""

from chassis.files.file import FileChanged, FileDownloaded, FileEvent
from chassis.outbox import Outbox
from chassis.proto_values import number_of
from pipeline.adapters.follow_up_verdicts import verdict_message
from pipeline.adapters.kafka.file_events import append_file_event
from pipeline.adapters.kafka.first_contact_events import append_first_contact_event
from pipeline.adapters.kafka.opportunity_events import append_opportunity_event
from pipeline.domain.conversion import Conversion
from pipeline.domain.events import FollowUpRecorded
from pipeline.domain.first_contact import FirstContactEvent
from pipeline.domain.opportunity_events import OpportunityEvent
from throughline.common.v1.notice_pb2 import Notice
from throughline.pipeline.v1 import activity_service_pb2 as activity_pb
from throughline.pipeline.v1 import events_pb2 as pb

FOLLOW_UP = "follow_up"


class PipelineOutbox:
    """Appends the service's facts to the outbox."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def append(self, event: FollowUpRecorded | OpportunityEvent | FirstContactEvent | FileEvent) -> None:
        """Adds a fact, keyed by its subject, and tells the screens."""
        if isinstance(event, FollowUpRecorded):
            self._append_follow_up(event)
        elif isinstance(event, FirstContactEvent):
            append_first_contact_event(self._outbox, event)
        elif isinstance(event, FileChanged | FileDownloaded):
            append_file_event(self._outbox, event)
        else:
            append_opportunity_event(self._outbox, event)

    def tell_of_conversion(self, conversion: Conversion) -> None:
        """Tells the screens of the owner and the owner's team that a conversion has come to rest."""
        notice = Notice(
            kind=f"conversion.{conversion.state}",
            resource=f"conversions/{conversion.id}",
            version=conversion.version,
            person_ids=[conversion.owner_id],
            team_ids=[conversion.team_id] if conversion.team_id else [],
            references={
                "lead_id": conversion.lead_id,
                "customer_id": conversion.customer_id,
                "opportunity_id": conversion.opportunity_id,
            },
        )
        self._outbox.notice(notice)

    def _append_follow_up(self, event: FollowUpRecorded) -> None:
        message = pb.FollowUpRecorded(
            follow_up_id=event.follow_up_id,
            lead_id=event.lead_id or "",
            customer_id=event.customer_id or "",
            person_id=event.person_id,
            team_id=event.team_id or "",
            channel=number_of(activity_pb.Channel, event.channel),
            tags=[number_of(activity_pb.FollowUpTag, tag) for tag in event.tags],
            has_next_action=event.has_next_action,
            verdict=verdict_message(event.verdict) if event.verdict else None,
            documents=[activity_pb.FiledDocument(file_id=one.file_id, kind=one.kind) for one in event.documents],
        )
        message.occurred_at.FromDatetime(event.occurred_at)
        subject = str(event.lead_id or event.customer_id)
        self._outbox.append(
            aggregate=FOLLOW_UP, aggregate_id=subject, version=1, message=message, occurred_at=event.occurred_at
        )
        notice = Notice(
            kind="follow_up.recorded",
            resource=f"follow-ups/{event.follow_up_id}",
            version=1,
            person_ids=[event.person_id],
            team_ids=[event.team_id] if event.team_id else [],
            references={"lead_id": event.lead_id or "", "customer_id": event.customer_id or ""},
        )
        self._outbox.notice(notice)
