"""A routing policy as it was published."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class PublishedPolicy:
    """One version of the document, whole, defaults written out."""

    policy_id: str
    version: int
    document: Mapping[str, Any]
    published_at: datetime
    published_by: str
    note: str
