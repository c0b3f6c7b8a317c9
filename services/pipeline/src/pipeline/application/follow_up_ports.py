"""What the use cases of follow-up standards need from outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chassis.pages import Cursor
from pipeline.domain.follow_up_standard import FollowUpStandard


@dataclass(frozen=True, slots=True)
class PublishedStandard:
    """A standard as it was published."""

    standard: FollowUpStandard
    published_at: datetime | None
    """None for a built-in one, which nobody published."""
    published_by: str
    note: str


class FollowUpStandards(Protocol):
    """The tenant's standards: versions that are only ever added. The built-in ones are not among them."""

    async def hold(self, customer_type: str) -> None:
        """Lets nobody else publish for the type until the transaction ends."""
        ...

    async def add(self, published: PublishedStandard) -> None:
        """Keeps a new version."""
        ...

    async def newest(self, customer_type: str) -> PublishedStandard | None:
        """The newest version of exactly this type; None where it has none."""
        ...

    async def page(self, customer_type: str | None, after: Cursor | None, size: int) -> Sequence[PublishedStandard]:
        """Versions of a type, or of all, newest first, after the cursor, at most `size`."""
        ...


class CustomerTypes(Protocol):
    """The read copy of what type leads and customers are of, fed by their owners' events."""

    async def get(self, subject_id: str) -> str:
        """Type of a lead or a customer; empty where it is not known."""
        ...

    async def put(self, subject_id: str, customer_type: str, version: int) -> None:
        """Keeps what an event told, unless a newer one told more."""
        ...
