"""Reads scoring's facts about models."""

from collections.abc import Mapping

from google.protobuf.message import Message

from chassis.event_headers import Event
from chassis.subscription import Handler
from lead_router.application.follow_models import ModelFollower
from lead_router.application.model_ports import LIVE, SHADOW, Announcement
from throughline.scoring.v1.events_pb2 import LeadModelPublished, LeadModelShadowed


def model_handlers(follower: ModelFollower) -> Mapping[type[Message], Handler]:
    """Every fact is an announcement that the router follows.

    They are ordered by the event's version. It is the fact's sequence until scoring's database is brought back from a
    backup: the sequence falls back then, the version never does.
    """

    async def published(event: Event[LeadModelPublished]) -> None:
        fact = event.message
        await follower.note(Announcement(LIVE, event.aggregate_version, fact.model_id, fact.sha256))

    async def shadowed(event: Event[LeadModelShadowed]) -> None:
        fact = event.message
        announcement = Announcement(SHADOW, event.aggregate_version, fact.model_id, fact.sha256, fact.is_stopped)
        await follower.note(announcement)

    return {LeadModelPublished: published, LeadModelShadowed: shadowed}
