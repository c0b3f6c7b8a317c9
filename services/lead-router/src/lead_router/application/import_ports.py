"""What imports of leads need from outside."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from lead_router.domain.ids import ImportId
from lead_router.domain.lead_import import ImportRow, LeadImport, RowCounts


class Imports(Protocol):
    """Imports with the outcome of every row."""

    async def find(self, digest: str, dry_run: bool) -> LeadImport | None:
        """The import of the same file under the same mapping that was not undone, or None."""
        ...

    async def add(self, one: LeadImport) -> bool:
        """Keeps a new import; False where a rival opened the same one first."""
        ...

    async def get(self, import_id: ImportId) -> LeadImport | None:
        """The import, or None."""
        ...

    async def lock(self, import_id: ImportId) -> LeadImport | None:
        """The import, held until the transaction ends, or None."""
        ...

    async def save(self, one: LeadImport) -> None:
        """Writes an import that was locked in this transaction."""
        ...

    async def rows(self, import_id: ImportId, numbers: Sequence[int]) -> Mapping[int, ImportRow]:
        """Those of the rows that have an outcome."""
        ...

    async def add_rows(self, import_id: ImportId, rows: Sequence[ImportRow]) -> None:
        """Keeps outcomes."""
        ...

    async def counts(self, import_id: ImportId) -> RowCounts:
        """Rows by outcome, and where to go on."""
        ...

    async def page(self, import_id: ImportId, outcome: str, after: int, size: int) -> Sequence[ImportRow]:
        """Rows after `after` by number, at most `size`; an empty outcome is any."""
        ...
