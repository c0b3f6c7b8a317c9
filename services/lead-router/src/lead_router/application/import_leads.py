"""Import files of leads: open, rows, finish, undo. Every row's outcome is kept in the transaction of its lead."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis import context
from chassis.errors import Invalid, NotFound, ThroughlineError, Violation
from chassis.ids import new_id
from lead_router.application.ports import UnitOfWork, Work
from lead_router.application.submission import Submission, Submitted
from lead_router.application.submit_leads import MOST_TOGETHER, Entry, SubmitLeads
from lead_router.application.take_back import TakeBack
from lead_router.domain.errors import ImportRowChanged
from lead_router.domain.ids import ImportId
from lead_router.domain.lead_import import ImportRow, ImportState, LeadImport, RowCounts, RowOutcome

INVALID_ROW = "INVALID_ROW"
"""Reason of a row that the reader could not make sense of."""


@dataclass(frozen=True, slots=True)
class StartImport:
    """A file under a mapping, by the digest of both."""

    file_name: str
    digest: str
    dry_run: bool


@dataclass(frozen=True, slots=True)
class SentRow:
    """One row as it was sent: a submission, or what is wrong with it."""

    row_number: int
    content_hash: bytes
    submission: Submission | ThroughlineError


@dataclass(frozen=True, slots=True)
class CountedImport:
    """An import with its counts."""

    one: LeadImport
    counts: RowCounts


class _DryRun(Exception):
    def __init__(self, results: list[Submitted | ThroughlineError]) -> None:
        super().__init__("nothing is kept")
        self.results = results


@dataclass(frozen=True, slots=True)
class ImportDesk:
    """Runs imports."""

    unit_of_work: UnitOfWork
    submit: SubmitLeads
    take_back: TakeBack

    async def start(self, command: StartImport) -> CountedImport:
        """Opens an import, or finds the one of the same file and mapping again, wherever it stands."""
        async with self.unit_of_work.begin() as work:
            one = await work.imports.find(command.digest, command.dry_run)
            if one is None:
                actor = context.current().principal.actor
                one = LeadImport(
                    ImportId(new_id()), command.file_name, command.digest, command.dry_run, actor, work.now
                )
                if await work.imports.add(one):
                    self._audit(work, one, "lead_import.start")
                else:
                    one = await work.imports.find(command.digest, command.dry_run) or one
            return await work.answer(await self._counted(work, one))

    async def take_rows(self, import_id: ImportId, rows: Sequence[SentRow]) -> list[ImportRow]:
        """Takes rows in, a transaction for every few; those taken before keep their outcome.

        Raises:
            NotFound: there is no such import.
            ImportStateForbids: it takes no more rows.
            ImportRowChanged: a row was sent before with other content.
        """
        taken: list[ImportRow] = []
        for start in range(0, len(rows), MOST_TOGETHER):
            taken += await self._take(import_id, rows[start : start + MOST_TOGETHER])
        return taken

    async def finish(self, import_id: ImportId, rows: int) -> CountedImport:
        """Closes an import.

        Raises:
            NotFound: there is no such import.
            Invalid: rows are missing; the first of them is named.
        """
        async with self.unit_of_work.begin() as work:
            one = await self._locked(work, import_id)
            counts = await work.imports.counts(import_id)
            if counts.rows != rows or counts.highest > rows:
                found = f"{counts.rows} rows up to number {counts.highest} have an outcome, row {counts.next_row} not"
                raise Invalid([Violation("rows", "import.incomplete", found)])
            one.finish()
            await work.imports.save(one)
            self._audit(work, one, "lead_import.finish")
            return await work.answer(CountedImport(one, counts))

    async def undo(self, import_id: ImportId, reason: str) -> CountedImport:
        """Takes back what the import brought, but for leads on which work was done.

        Raises:
            NotFound: there is no such import.
            ImportStateForbids: it was undone before.
        """
        async with self.unit_of_work.begin() as work:
            one = await self._locked(work, import_id)
            if one.state is ImportState.UNDONE:
                one.undo(undone=0, kept=0)
            undone, kept = (0, 0) if one.dry_run else await self.take_back(work, import_id)
            one.undo(undone=undone, kept=kept)
            await work.imports.save(one)
            self._audit(work, one, "lead_import.undo", reason)
            return await work.answer(await self._counted(work, one))

    async def get(self, import_id: ImportId) -> CountedImport:
        """One import with its counts.

        Raises:
            NotFound: there is no such import.
        """
        async with self.unit_of_work.begin() as work:
            one = await work.imports.get(import_id)
            if one is None:
                raise NotFound("import", import_id)
            return await self._counted(work, one)

    async def rows(self, import_id: ImportId, outcome: str, after: int, size: int) -> Sequence[ImportRow]:
        """Rows by number after `after`, at most `size`; an empty outcome is any.

        Raises:
            NotFound: there is no such import.
        """
        async with self.unit_of_work.begin() as work:
            if await work.imports.get(import_id) is None:
                raise NotFound("import", import_id)
            return await work.imports.page(import_id, outcome, after, size)

    async def _take(self, import_id: ImportId, rows: Sequence[SentRow]) -> list[ImportRow]:
        dry_results: list[Submitted | ThroughlineError] | None = None
        try:
            async with self.unit_of_work.begin() as work:
                one, known = await self._opened(work, import_id, rows)
                new = [row for row in rows if row.row_number not in known]
                results = await self._submit(work, new)
                if one.dry_run and new:
                    raise _DryRun(results)
                return await self._keep_outcomes(work, import_id, rows, known, results)
        except _DryRun as dry:
            dry_results = dry.results
        async with self.unit_of_work.begin() as work:
            _, known = await self._opened(work, import_id, rows)
            return await self._keep_outcomes(work, import_id, rows, known, dry_results)

    async def _opened(
        self, work: Work, import_id: ImportId, rows: Sequence[SentRow]
    ) -> tuple[LeadImport, dict[int, ImportRow]]:
        one = await self._locked(work, import_id)
        known = dict(await work.imports.rows(import_id, [row.row_number for row in rows]))
        for row in rows:
            if row.row_number in known and known[row.row_number].content_hash != row.content_hash:
                raise ImportRowChanged(import_id, row.row_number)
        if len(known) < len(rows):
            one.require_open()
        return one, known

    async def _submit(self, work: Work, rows: Sequence[SentRow]) -> list[Submitted | ThroughlineError]:
        good = [row for row in rows if isinstance(row.submission, Submission)]
        entries = [Entry(row.submission) for row in good if isinstance(row.submission, Submission)]
        results = iter(await self.submit(work, entries) if entries else [])
        return [row.submission if isinstance(row.submission, ThroughlineError) else next(results) for row in rows]

    async def _keep_outcomes(
        self,
        work: Work,
        import_id: ImportId,
        rows: Sequence[SentRow],
        known: dict[int, ImportRow],
        results: list[Submitted | ThroughlineError],
    ) -> list[ImportRow]:
        new = [row for row in rows if row.row_number not in known]
        outcomes = {row.row_number: _outcome(row, result) for row, result in zip(new, results, strict=True)}
        await work.imports.add_rows(import_id, list(outcomes.values()))
        return [known.get(row.row_number) or outcomes[row.row_number] for row in rows]

    async def _locked(self, work: Work, import_id: ImportId) -> LeadImport:
        one = await work.imports.lock(import_id)
        if one is None:
            raise NotFound("import", import_id)
        return one

    async def _counted(self, work: Work, one: LeadImport) -> CountedImport:
        return CountedImport(one, await work.imports.counts(one.id))

    def _audit(self, work: Work, one: LeadImport, action: str, reason: str = "") -> None:
        after = {"state": one.state.value, "file_name": one.file_name, "undone": one.undone, "kept": one.kept}
        work.audit.record(action=action, resource=f"lead-imports/{one.id}", after={**after, "reason": reason})


def _outcome(row: SentRow, result: Submitted | ThroughlineError) -> ImportRow:
    if isinstance(result, ThroughlineError):
        reason = INVALID_ROW if result.reason == "INVALID_REQUEST" else result.reason
        return ImportRow(row.row_number, row.content_hash, RowOutcome.REJECTED, reason=reason, detail=result.message)
    outcome = RowOutcome.JOINED if result.join else RowOutcome.CREATED
    lead_id = result.stored.lead.id
    return ImportRow(row.row_number, row.content_hash, outcome, result.submission_id, lead_id)
