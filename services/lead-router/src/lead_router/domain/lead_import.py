"""An import of a file of leads: rows with an outcome each, which can be taken back as a whole."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lead_router.domain.errors import ImportStateForbids
from lead_router.domain.ids import ImportId, LeadId


class ImportState(StrEnum):
    """Where an import stands."""

    OPEN = "open"
    FINISHED = "finished"
    UNDONE = "undone"


class RowOutcome(StrEnum):
    """How a row ended."""

    CREATED = "created"
    JOINED = "joined"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One row of the file with its outcome."""

    row_number: int
    content_hash: bytes
    outcome: RowOutcome
    submission_id: LeadId | None = None
    """The row's own lead, merged where it was joined."""
    lead_id: LeadId | None = None
    """The lead that it made or joined."""
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RowCounts:
    """Rows by outcome, and where to go on."""

    created: int = 0
    joined: int = 0
    rejected: int = 0
    next_row: int = 1
    """Smallest row number without an outcome."""
    highest: int = 0

    @property
    def rows(self) -> int:
        """Rows with an outcome."""
        return self.created + self.joined + self.rejected


@dataclass(slots=True)
class LeadImport:
    """One file under one mapping."""

    id: ImportId
    file_name: str
    digest: str
    dry_run: bool
    started_by: str
    started_at: datetime
    state: ImportState = ImportState.OPEN
    undone: int = 0
    kept: int = 0

    def require_open(self) -> None:
        """Raises `ImportStateForbids` where no more rows are taken."""
        self._require(ImportState.OPEN, "take rows")

    def finish(self) -> None:
        """All rows have their outcome. Finishing again changes nothing."""
        if self.state is not ImportState.FINISHED:
            self._require(ImportState.OPEN, "finish")
            self.state = ImportState.FINISHED

    def undo(self, *, undone: int, kept: int) -> None:
        """Its leads were taken back, but for those on which work was done."""
        if self.state is ImportState.UNDONE:
            raise ImportStateForbids(self.id, self.state, "undo")
        self.state, self.undone, self.kept = ImportState.UNDONE, undone, kept

    def _require(self, state: ImportState, move: str) -> None:
        if self.state is not state:
            raise ImportStateForbids(self.id, self.state, move)
