"""Facts about summaries of first contacts as messages and notices. None carries what was typed."""

from datetime import datetime

from google.protobuf.message import Message

from chassis.outbox import Outbox
from chassis.proto_values import timestamp_of
from pipeline.domain.first_contact import FirstContactEvent, FirstContactSummary, SummaryOpened, SummaryOverdue
from throughline.common.v1.notice_pb2 import Notice
from throughline.pipeline.v1 import events_pb2 as pb

FIRST_CONTACT_SUMMARY = "first_contact_summary"


def append_first_contact_event(outbox: Outbox, event: FirstContactEvent) -> None:
    """Adds a fact, and tells the screens of whoever owes the summary and of the team."""
    summary = event.summary
    message, word, at = _told(event)
    outbox.append(
        aggregate=FIRST_CONTACT_SUMMARY,
        aggregate_id=summary.lead_id,
        version=summary.version,
        message=message,
        occurred_at=at,
    )
    notice = Notice(
        kind=f"first_contact_summary.{word}",
        resource=f"leads/{summary.lead_id}/first-contact-summary",
        version=summary.version,
        person_ids=[summary.person_id],
        team_ids=[summary.team_id] if summary.team_id else [],
        references={"lead_id": summary.lead_id, "person_id": summary.person_id},
    )
    outbox.notice(notice)


def _told(event: FirstContactEvent) -> tuple[Message, str, datetime]:
    """The message, the word in the notice's kind, and when it happened."""
    summary = event.summary
    common = {"lead_id": summary.lead_id, "person_id": summary.person_id, "team_id": summary.team_id or ""}
    if isinstance(event, SummaryOpened):
        opened = pb.FirstContactSummaryOpened(
            **common,
            follow_up_id=summary.follow_up_id,
            contacted_at=timestamp_of(summary.contacted_at),
            due_at=timestamp_of(summary.due_at),
        )
        return opened, "opened", summary.contacted_at
    if isinstance(event, SummaryOverdue):
        overdue = pb.FirstContactSummaryOverdue(**common, due_at=timestamp_of(summary.due_at))
        return overdue, "overdue", summary.due_at
    return _submitted(summary, common)


def _submitted(summary: FirstContactSummary, common: dict[str, str]) -> tuple[Message, str, datetime]:
    at = summary.submitted_at or summary.due_at
    submitted = pb.FirstContactSummarySubmitted(
        **common,
        intent_level=summary.content.intent_level if summary.content else "",
        is_late=summary.is_overdue,
        submitted_at=timestamp_of(at),
    )
    return submitted, "submitted", at
