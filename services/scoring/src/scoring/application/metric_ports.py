"""What the metric dictionary needs from outside, in the words of the domain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class PublishedMetric:
    """A version of a definition as it was published."""

    code: str
    version: int
    document: Mapping[str, Any]
    published_at: datetime | None
    """None for a definition that every tenant begins with."""
    published_by: str
    note: str


class Metrics(Protocol):
    """Definitions that the tenant has published; versions are only ever added."""

    async def hold(self) -> None:
        """Lets nobody else publish until the transaction ends."""
        ...

    async def add(self, metric: PublishedMetric) -> None:
        """Keeps a new version."""
        ...

    async def newest(self, code: str) -> PublishedMetric | None:
        """The newest version that the tenant published; None where it published none."""
        ...

    async def get(self, code: str, version: int) -> PublishedMetric | None:
        """One published version, or None."""
        ...

    async def all_newest(self) -> Sequence[PublishedMetric]:
        """The newest version of every code that the tenant published."""
        ...
