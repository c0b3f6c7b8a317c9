"""The operations desk that every service answers in the same way: parked events, events again, audit, clock, rest."""

import json
from base64 import b64encode
from datetime import UTC, timedelta
from uuid import UUID

import grpc
from google.protobuf.json_format import MessageToJson
from google.protobuf.message import DecodeError
from sqlalchemy import text

from chassis import audit_chain, relay
from chassis.backlog import look_at
from chassis.clock import BusinessClock
from chassis.context import Principal, RequestContext, bind, current
from chassis.database import Database, SqlRow, joined
from chassis.errors import Invalid, NotFound, Violation
from chassis.ids import TenantId
from chassis.pages import cursor_of, size_of, token_after
from chassis.proto_values import timestamp_of
from chassis.restoration import Restoration, note_told, restorations
from chassis.retention import tenants_of
from chassis.service import Service
from chassis.worker import Worker
from throughline.operations.v1 import operations_pb2 as pb
from throughline.operations.v1.operations_pb2_grpc import OperationsServiceServicer

Context = grpc.aio.ServicerContext[object, object]


class OperationsServicer(OperationsServiceServicer):
    """Operates one service. Without a worker in the process, what only a worker knows is left out."""

    def __init__(self, database: Database, clock: BusinessClock, service: Service, worker: Worker) -> None:
        self._database = database
        self._clock = clock
        self._service = service
        self._worker = worker

    async def ListDeadLetters(self, request: pb.ListDeadLettersRequest, context: Context) -> pb.ListDeadLettersResponse:
        size = size_of(request)
        cursor = cursor_of(request)
        wanted = {
            "tenant": _tenant(),
            "consumer": request.consumer,
            "state": _STATE_NAMES.get(request.state, ""),
            "after": cursor.number() if cursor else 0,
            "size": size + 1,
        }
        async with self._database.system() as connection:
            rows = (await connection.execute(_LIST, wanted)).all()
        page = rows[:size]
        more = len(rows) > size
        token = token_after(request, key=(str(page[-1].seq),), id=str(page[-1].id)) if more else ""
        return pb.ListDeadLettersResponse(dead_letters=[_dead_letter(row) for row in page], next_page_token=token)

    async def GetDeadLetter(self, request: pb.GetDeadLetterRequest, context: Context) -> pb.GetDeadLetterResponse:
        async with self._database.system() as connection:
            row = (await connection.execute(_GET, {"id": request.dead_letter_id, "tenant": _tenant()})).one_or_none()
        if row is None:
            raise NotFound("dead letter", request.dead_letter_id)
        return pb.GetDeadLetterResponse(dead_letter=_dead_letter(row), payload=self._payload(row))

    def _payload(self, row: SqlRow) -> str:
        for subscription in (self._worker.directory, *self._service.subscriptions):
            for message_type in subscription.kinds:
                if message_type.DESCRIPTOR.full_name == row.type:
                    try:
                        return MessageToJson(message_type.FromString(row.payload), preserving_proto_field_name=True)
                    except DecodeError:
                        break
        return b64encode(row.payload).decode()

    async def ReplayDeadLetters(
        self, request: pb.ReplayDeadLettersRequest, context: Context
    ) -> pb.ReplayDeadLettersResponse:
        known = sorted(subscription.name for subscription in (self._worker.directory, *self._service.subscriptions))
        if request.consumer not in known:
            raise Invalid([Violation("consumer", "consumer.unknown", f"must be one of {', '.join(known)}")])
        done = await self._worker.drainer.replay(request.consumer, request.key, _tenant())
        return pb.ReplayDeadLettersResponse(applied=done.applied, remaining=done.remaining)

    async def RepublishEvents(self, request: pb.RepublishEventsRequest, context: Context) -> pb.RepublishEventsResponse:
        since = request.since.ToDatetime(tzinfo=UTC) if request.HasField("since") else None
        return pb.RepublishEventsResponse(events=await relay.republish(self._database, since))

    async def SnapshotEvents(self, request: pb.SnapshotEventsRequest, context: Context) -> pb.SnapshotEventsResponse:
        snapshots = self._service.snapshots
        if request.aggregate and request.aggregate not in snapshots:
            known = ", ".join(sorted(snapshots)) or "none"
            raise Invalid([Violation("aggregate", "aggregate.unknown", f"must be one of: {known}")])
        tenant = _tenant()
        events = 0
        for tenant_id in [tenant] if tenant else await tenants_of(self._database):
            for aggregate in [request.aggregate] if request.aggregate else sorted(snapshots):
                events += await self._snapshot(tenant_id, aggregate)
        if not tenant and not request.aggregate:
            async with self._database.system() as connection:
                await note_told(connection)
        return pb.SnapshotEventsResponse(events=events)

    async def _snapshot(self, tenant_id: TenantId, aggregate: str) -> int:
        principal = Principal("service", f"service:{self._database.service}", None, frozenset({"service"}))
        events, after = 0, ""
        with bind(RequestContext(principal, tenant_id, method="SnapshotEvents")):
            while True:
                async with self._database.transaction(tenant_id) as transaction:
                    with joined(transaction):
                        after = await self._service.snapshots[aggregate](transaction, after)
                    events += transaction.outbox.appended
                if not after:
                    return events

    async def ListRestorations(
        self, request: pb.ListRestorationsRequest, context: Context
    ) -> pb.ListRestorationsResponse:
        async with self._database.system() as connection:
            found = await restorations(connection)
        return pb.ListRestorationsResponse(restorations=[_restoration(each) for each in found])

    async def VerifyAudit(self, request: pb.VerifyAuditRequest, context: Context) -> pb.VerifyAuditResponse:
        async with self._database.transaction(_required_tenant()) as transaction:
            found = await audit_chain.verify(transaction)
        return pb.VerifyAuditResponse(
            valid=found.is_valid,
            sealed_rows=found.sealed_rows,
            unsealed_rows=found.unsealed_rows,
            blocks=found.blocks,
            first_bad=found.first_bad,
            fault=found.fault,
        )

    async def ListAuditRows(self, request: pb.ListAuditRowsRequest, context: Context) -> pb.ListAuditRowsResponse:
        size = size_of(request)
        cursor = cursor_of(request)
        wanted = {"resource": request.resource, "before": cursor.id if cursor else _LAST_ID, "size": size + 1}
        async with self._database.transaction(_required_tenant()) as transaction:
            rows = (await transaction.connection.execute(_AUDIT, wanted)).all()
        page = rows[:size]
        token = token_after(request, key=(), id=str(page[-1].id)) if len(rows) > size else ""
        return pb.ListAuditRowsResponse(rows=[_audit_row(row) for row in page], next_page_token=token)

    async def GetQuiescence(self, request: pb.GetQuiescenceRequest, context: Context) -> pb.GetQuiescenceResponse:
        async with self._database.system() as connection:
            counts = (await connection.execute(_REST)).one()
            processes_due = await connection.scalar(_PROCESSES_DUE) if self._service.processes else 0
        worker = self._worker
        worker.look(for_timers=counts.timers_due > 0, awaited=request.awaited)
        answer = pb.GetQuiescenceResponse(
            timers_due=counts.timers_due,
            outbox_pending=counts.outbox_pending,
            dead_letters_waiting=counts.waiting,
            processes_due=processes_due or 0,
            consumer_lag=sum(consumer.lag for consumer in worker.consumers),
            progress=worker.progress,
            published=worker.relay.published,
            consumed={place: offset for consumer in worker.consumers for place, offset in consumer.consumed.items()},
            consumers=[f"{consumer.name}|{topic}" for consumer in worker.consumers for topic in consumer.topics],
        )
        answer.business_now.FromDatetime(counts.business_now)
        if counts.next_timer_at is not None:
            answer.next_timer_at.FromDatetime(counts.next_timer_at)
        return answer

    async def GetBacklog(self, request: pb.GetBacklogRequest, context: Context) -> pb.GetBacklogResponse:
        waiting = await look_at(self._database)
        answer = pb.GetBacklogResponse(
            outbox_pending=waiting.outbox,
            outbox_oldest_s=waiting.oldest_s,
            dead_letters_waiting=waiting.parked,
            dead_letters_dead=waiting.dead,
            timers_due=waiting.timers_due,
            timers_late_s=waiting.late_s,
            timers_dead=waiting.timers_dead,
            clock_skew_s=waiting.clock_skew_s,
            consumers=[
                pb.ConsumerBacklog(consumer=consumer.name, lag=consumer.lag, lag_s=consumer.lag_s)
                for consumer in (self._worker.consumers if self._worker.is_running else ())
            ],
        )
        answer.business_now.FromDatetime(waiting.business_now)
        return answer

    async def MoveClock(self, request: pb.MoveClockRequest, context: Context) -> pb.MoveClockResponse:
        offset = timedelta(seconds=request.offset.seconds, microseconds=request.offset.nanos // 1000)
        moved = await self._clock.move(offset, hold_timers=request.hold_timers)
        if not request.hold_timers:
            self._worker.look(for_timers=True, awaited=())  # some may have come due
        answer = pb.MoveClockResponse(offset=request.offset)
        answer.business_now.FromDatetime(moved)
        return answer


def _tenant() -> TenantId | None:
    return current().tenant_id


def _required_tenant() -> TenantId:
    tenant_id = _tenant()
    if tenant_id is None:
        raise Invalid([Violation("x-tenant", "tenant.required", "the audit of which tenant?")])
    return tenant_id


def _dead_letter(row: SqlRow) -> pb.DeadLetter:
    headers = row.headers if isinstance(row.headers, dict) else json.loads(row.headers)
    letter = pb.DeadLetter(
        dead_letter_id=str(row.id),
        consumer=row.consumer,
        key=row.key,
        event_id=str(row.event_id),
        event_type=row.type,
        topic=row.topic,
        partition=row.partition,
        offset=row.position,
        state=_STATES[row.state],
        fault=row.fault,
        attempts=row.attempts,
        traceparent=headers.get("traceparent", ""),
    )
    letter.parked_at.FromDatetime(row.parked_at)
    if row.state == "waiting" and row.next_try_at is not None:
        letter.next_try_at.FromDatetime(row.next_try_at)
    return letter


def _restoration(each: Restoration) -> pb.Restoration:
    answer = pb.Restoration(
        restoration_id=each.id,
        backup_id=each.backup_id,
        taken_at=timestamp_of(each.taken_at),
        restored_at=timestamp_of(each.restored_at),
    )
    if each.told_at is not None:
        answer.told_at.CopyFrom(timestamp_of(each.told_at))
    return answer


def _audit_row(row: SqlRow) -> pb.AuditRow:
    answer = pb.AuditRow(
        audit_id=str(row.id),
        actor=row.actor,
        action=row.action,
        resource=row.resource,
        before=row.before,
        after=row.after,
        decision=row.decision,
        origin=row.origin,
        hash=bytes(row.hash).hex(),
        block=row.block or 0,
    )
    answer.occurred_at.FromDatetime(row.occurred_at)
    return answer


_LAST_ID = str(UUID(int=2**128 - 1))
_STATES = {"waiting": pb.DEAD_LETTER_STATE_WAITING, "dead": pb.DEAD_LETTER_STATE_DEAD}
_STATE_NAMES = {number: name for name, number in _STATES.items()}
_LIST = text(
    "SELECT * FROM dead_letter WHERE seq > :after AND (:consumer = '' OR consumer = :consumer)"
    " AND (:state = '' OR state = :state)"
    " AND (CAST(:tenant AS uuid) IS NULL OR tenant_id = CAST(:tenant AS uuid)) ORDER BY seq LIMIT :size"
)
_GET = text(
    "SELECT * FROM dead_letter WHERE id = :id AND (CAST(:tenant AS uuid) IS NULL OR tenant_id = CAST(:tenant AS uuid))"
)
_AUDIT = text(
    "SELECT a.id, a.occurred_at, a.actor, a.action, a.resource, a.before, a.after, a.decision, a.origin, a.hash,"
    " (SELECT b.number FROM audit_block b WHERE a.id = ANY(b.audit_ids) LIMIT 1) AS block FROM audit a"
    " WHERE a.id < CAST(:before AS uuid) AND (:resource = '' OR a.resource = :resource) ORDER BY a.id DESC LIMIT :size"
)
_REST = text(
    "SELECT (SELECT count(*) FROM timer WHERE state = 'due' AND due_at <= clock_timestamp() + c.clock_offset)"
    " AS timers_due, (SELECT count(*) FROM outbox WHERE published_at IS NULL) AS outbox_pending,"
    " (SELECT count(*) FROM dead_letter WHERE state = 'waiting') AS waiting,"
    " (SELECT min(due_at) FROM timer WHERE state = 'due') AS next_timer_at,"
    " clock_timestamp() + c.clock_offset AS business_now FROM business_clock c"
)
_PROCESSES_DUE = text("SELECT count(*) FROM process WHERE next_try_at <= clock_timestamp()")
