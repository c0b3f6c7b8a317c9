"""One entry of an opportunity's stage history 阶段历史: how it came to where it stands. Entries never change."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chassis.ids import PersonId, TeamId


class MoveKind(StrEnum):
    """How an opportunity came to where it stands."""

    CREATED = "created"
    ADVANCED = "advanced"
    SKIPPED = "skipped"
    STEPPED_BACK = "stepped_back"
    WON = "won"
    LOST = "lost"
    REOPENED = "reopened"
    WITHDRAWN = "withdrawn"


class State(StrEnum):
    """Whether an opportunity goes on."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"
    WITHDRAWN = "withdrawn"
    """It was made by mistake: the conversion that made it was undone. It counts nowhere, and nobody moves it again."""


@dataclass(frozen=True, slots=True)
class StageMove:
    """A move, with the owner at that time, to whom it counts."""

    number: int
    """Its place in the history, from 1."""
    kind: MoveKind
    from_stage: str
    """Empty for the first."""
    stage: str
    """Where the opportunity stands from then on; winning, losing and reopening leave it where it is."""
    state: State
    at: datetime
    by: str
    """`person:<id>` or `service:<name>`."""
    owner_id: PersonId
    team_id: TeamId | None
    skipped_stages: tuple[str, ...] = ()
    missing_items: tuple[str, ...] = ()
    """Codes of what the gates lacked that a skip went past."""
    reason: str = ""
    """As typed: the reason of a move, the note of an end."""
    loss_reason: str = ""
