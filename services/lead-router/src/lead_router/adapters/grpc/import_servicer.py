"""ImportService: files of leads, row by row."""

import hashlib

import grpc

from chassis.context import current
from chassis.errors import Invalid, ThroughlineError, Violation
from chassis.idempotency import answered
from chassis.pages import cursor_of, size_of, token_after
from chassis.proto_values import number_of, timestamp_of, word_of
from chassis.validation import validate
from lead_router.adapters.grpc import lead_mapping
from lead_router.application.import_leads import CountedImport, ImportDesk, SentRow, StartImport
from lead_router.application.ports import Company
from lead_router.application.submission import Submission
from lead_router.domain.ids import ImportId
from lead_router.domain.lead_import import ImportRow
from throughline.lead_router.v1 import import_service_pb2 as pb
from throughline.lead_router.v1 import lead_service_pb2
from throughline.lead_router.v1.import_service_pb2_grpc import ImportServiceServicer

Context = grpc.aio.ServicerContext[object, object]

_DEFAULT_ROWS = 200


class ImportServicer(ImportServiceServicer):
    """Parse, call, render."""

    def __init__(self, desk: ImportDesk, company: Company) -> None:
        self._desk = desk
        self._company = company

    async def StartImport(self, request: pb.StartImportRequest, context: Context) -> pb.StartImportResponse:
        command = StartImport(request.file_name, request.digest, request.dry_run)
        return await answered(self._desk.start(command), lambda one: pb.StartImportResponse(**_named(one)))

    async def ImportRows(self, request: pb.ImportRowsRequest, context: Context) -> pb.ImportRowsResponse:
        tenant_id = current().tenant_id
        currency = await self._company.currency(tenant_id) if tenant_id else ""
        rows = [_sent(row, currency) for row in request.rows]
        outcomes = await self._desk.take_rows(ImportId(request.import_id), rows)
        return pb.ImportRowsResponse(outcomes=[_outcome(row) for row in outcomes])

    async def FinishImport(self, request: pb.FinishImportRequest, context: Context) -> pb.FinishImportResponse:
        done = self._desk.finish(ImportId(request.import_id), request.rows)
        return await answered(done, lambda one: pb.FinishImportResponse(**_named(one)))

    async def UndoImport(self, request: pb.UndoImportRequest, context: Context) -> pb.UndoImportResponse:
        done = self._desk.undo(ImportId(request.import_id), request.reason)
        return await answered(done, lambda one: pb.UndoImportResponse(**_named(one)))

    async def GetImport(self, request: pb.GetImportRequest, context: Context) -> pb.GetImportResponse:
        return pb.GetImportResponse(**_named(await self._desk.get(ImportId(request.import_id))))

    async def ListImportRows(self, request: pb.ListImportRowsRequest, context: Context) -> pb.ListImportRowsResponse:
        size = size_of(request, default=_DEFAULT_ROWS)
        cursor = cursor_of(request)
        outcome = word_of(lead_service_pb2.SubmissionOutcome, request.outcome)
        after = cursor.number() if cursor else 0
        found = await self._desk.rows(ImportId(request.import_id), outcome, after, size + 1)
        page = found[:size]
        # Rows have numbers and no ids; the number alone makes their order total.
        key = (str(page[-1].row_number),) if page else ()
        token = token_after(request, key=key, id=request.import_id) if len(found) > size else ""
        return pb.ListImportRowsResponse(outcomes=[_outcome(row) for row in page], next_page_token=token)


def _sent(row: pb.ImportRow, currency: str) -> SentRow:
    digest = hashlib.sha256(row.SerializeToString(deterministic=True)).digest()
    return SentRow(row.row_number, digest, _submission(row, currency))


def _submission(row: pb.ImportRow, currency: str) -> Submission | ThroughlineError:
    """The row's submission, or every fault that it has."""
    if row.fault:
        return Invalid([Violation("row", "row.unreadable", row.fault)], row.fault)
    try:
        validate(row.submission)
        return lead_mapping.submission(row.submission, "import", currency)
    except ThroughlineError as fault:
        return fault


def _named(counted: CountedImport) -> dict[str, pb.LeadImport]:
    one, counts = counted.one, counted.counts
    message = pb.LeadImport(
        import_id=one.id,
        file_name=one.file_name,
        digest=one.digest,
        dry_run=one.dry_run,
        state=number_of(pb.ImportState, one.state.value),
        rows=counts.rows,
        created=counts.created,
        joined=counts.joined,
        rejected=counts.rejected,
        undone=one.undone,
        kept=one.kept,
        started_at=timestamp_of(one.started_at),
        next_row=counts.next_row,
    )
    return {"import": message}  # a reserved word in Python, so it goes in by name


def _outcome(row: ImportRow) -> pb.ImportRowOutcome:
    return pb.ImportRowOutcome(
        row_number=row.row_number,
        outcome=number_of(lead_service_pb2.SubmissionOutcome, row.outcome.value),
        lead_id=row.lead_id or "",
        reason=row.reason,
        detail=row.detail,
    )
