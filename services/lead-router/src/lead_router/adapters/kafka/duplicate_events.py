"""Facts about suspected duplicates as the messages that leave, with the notice that screens get."""

from collections.abc import Iterable

from chassis.outbox import Outbox
from lead_router.domain.ids import PersonId
from lead_router.domain.lead_duplicate import LeadDuplicate
from throughline.common.v1.notice_pb2 import Notice
from throughline.lead_router.v1 import events_pb2 as pb

LEAD_DUPLICATE = "lead_duplicate"


class LeadDuplicateOutbox:
    """Appends facts about pairs to the outbox."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def suspected(self, duplicate: LeadDuplicate, people: Iterable[str], teams: Iterable[str]) -> None:
        """As the port; a quiet pair shows up in lists alone."""
        message = pb.LeadDuplicateSuspected(
            duplicate_id=duplicate.id,
            lead_id=duplicate.lead_id,
            other_lead_id=duplicate.other_id,
            reasons=[code for code, _ in duplicate.finding.reasons],
            points=duplicate.finding.points,
            is_shown=duplicate.is_shown,
        )
        self._outbox.append(
            aggregate=LEAD_DUPLICATE, aggregate_id=duplicate.id, version=duplicate.version, message=message
        )
        if duplicate.is_shown:
            notice = Notice(
                kind="lead_duplicate.suspected",
                resource=f"lead-duplicates/{duplicate.id}",
                version=duplicate.version,
                person_ids=sorted(people),
                team_ids=sorted(teams),
                references={"lead_id": duplicate.lead_id, "other_lead_id": duplicate.other_id},
            )
            self._outbox.notice(notice)

    def dismissed(self, duplicate: LeadDuplicate, by: PersonId) -> None:
        """As the port."""
        message = pb.LeadDuplicateDismissed(
            duplicate_id=duplicate.id, lead_id=duplicate.lead_id, other_lead_id=duplicate.other_id, by_person_id=by
        )
        self._outbox.append(
            aggregate=LEAD_DUPLICATE, aggregate_id=duplicate.id, version=duplicate.version, message=message
        )
