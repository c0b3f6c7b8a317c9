"""What news need to have for people to be told of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from chassis.ids import PersonId
from collab.domain.ids import EventId
from collab.domain.notification import Part


class News(Protocol):
    """Something happened, with the people who have a part in it."""

    @property
    def kind(self) -> str:
        """Kind of the notification."""
        ...

    @property
    def event_id(self) -> EventId:
        """The event that told of it: nobody is told twice of one."""
        ...

    @property
    def occurred_at(self) -> datetime:
        """When it happened."""
        ...

    @property
    def resource(self) -> str:
        """What it is about, as in its URL."""
        ...

    @property
    def facts(self) -> Mapping[str, str]:
        """What the texts may say."""
        ...

    def concerned(self, *, is_urgent: bool) -> dict[PersonId, Part]:
        """Whom to tell, each once."""
        ...
