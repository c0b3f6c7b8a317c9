"""What the check of a content tells its caller, and the places it works in."""

from dataclasses import dataclass
from pathlib import Path

from chassis.files.file import Refusal


class ContentRefused(Exception):
    """The content is not taken."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Workplace:
    """A folder of one check."""

    source: Path
    """What was sent."""
    kept: Path
    """Where what is kept is written, if it is not what was sent."""
    thumbnail: Path


@dataclass(frozen=True, slots=True)
class Found:
    """A content that is taken."""

    content_type: str
    is_rewritten: bool = False
    has_thumbnail: bool = False
