"""Reads the directory's facts about people: reps change teams and leave."""

from collections.abc import Mapping

from google.protobuf.message import Message

from chassis.event_headers import Event
from chassis.subscription import Handler
from lead_router.application.keep_reps import RepKeeper
from lead_router.domain.ids import PersonId
from throughline.collab.v1.events_pb2 import PersonChanged


def person_handlers(keeper: RepKeeper) -> Mapping[type[Message], Handler]:
    """A change of a person who is a rep is taken over into routing."""

    async def handle(event: Event[PersonChanged]) -> None:
        fact = event.message
        await keeper.follow_directory(
            PersonId(fact.person_id),
            team_id=fact.team_id,
            supervisor_id=PersonId(fact.supervisor_id) if fact.supervisor_id else None,
            is_active=fact.is_active,
        )

    return {PersonChanged: handle}
