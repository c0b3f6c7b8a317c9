"""What scoring in the router needs from outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

LIVE, SHADOW = "live", "shadow"
"""What a model is for: to score, or to be compared with the one that scores."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """A model took over a role, or left it."""

    role: str
    sequence: int
    """Rises with every announcement of the tenant."""
    model_id: str
    sha256: str
    is_stopped: bool = False


class LeadModels(Protocol):
    """The models of the tenant that this service was told of."""

    async def announce(self, announcement: Announcement) -> None:
        """Keeps an announcement; one that is there already changes nothing."""
        ...

    async def wanted(self) -> Sequence[Announcement]:
        """Newest announcements of which the bytes are not here yet, and that were not refused."""
        ...

    async def keep(self, announcement: Announcement, content: bytes) -> None:
        """Keeps the verified bytes: the model is active from now on."""
        ...

    async def refuse(self, announcement: Announcement, fault: str) -> None:
        """Notes why the bytes cannot be used; the model before stays active."""
        ...

    async def active(self) -> Sequence[Announcement]:
        """Of each role the newest announcement that can be followed."""
        ...

    async def content(self, announcement: Announcement) -> bytes:
        """The bytes of an active model."""
        ...


class ModelSource(Protocol):
    """The owner of models."""

    async def content(self, model_id: str) -> bytes:
        """The bytes of a model.

        Raises:
            Unreachable: it does not answer.
            NotFound: it knows no such model.
        """
        ...
