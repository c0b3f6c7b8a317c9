"""What records a service keeps, as other services may compare it; see `chassis.record_sets`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager

import grpc

from chassis.context import current
from chassis.database import Database
from chassis.directory import DIRECTORY_AGGREGATES, handlers
from chassis.directory_records import directory_records
from chassis.errors import Invalid, Violation
from chassis.record_sets import PAGE, KeptRecord, RecordReader, RecordSet, Told
from chassis.service import Service
from chassis.subscription import Subscription
from throughline.operations.v1 import records_pb2 as pb
from throughline.operations.v1.records_pb2_grpc import RecordServiceServicer

Context = grpc.aio.ServicerContext[object, object]


class RecordServicer(RecordServiceServicer):
    """Parse, read, render."""

    def __init__(self, database: Database, service: Service) -> None:
        self._database = database
        self._sets = {**directory_records(database.service), **service.records}
        directory = Subscription(f"{database.service}.directory", DIRECTORY_AGGREGATES, handlers())
        self._subscriptions: Mapping[str, Subscription] = {
            each.name: each for each in (directory, *service.subscriptions)
        }

    async def DigestRecords(self, request: pb.DigestRecordsRequest, context: Context) -> pb.DigestRecordsResponse:
        async with self._reader(self._set(request.record_set)) as reader:
            buckets = await reader.digest()
        rendered = (pb.RecordBucket(bucket=each.name, records=each.records, digest=each.digest) for each in buckets)
        return pb.DigestRecordsResponse(buckets=rendered)

    async def ListRecords(self, request: pb.ListRecordsRequest, context: Context) -> pb.ListRecordsResponse:
        async with self._reader(self._set(request.record_set)) as reader:
            if request.buckets:
                records = await reader.of_buckets(request.buckets)
            else:
                records = await reader.page(request.after, request.page_size or PAGE)
        return pb.ListRecordsResponse(records=_rendered(records))

    async def ReadRecords(self, request: pb.ReadRecordsRequest, context: Context) -> pb.ReadRecordsResponse:
        wanted = self._set(request.record_set)
        async with self._reader(wanted) as reader:
            # In this order: what is marked as taken by now shows in the records, and what shows in them has been told.
            # A process that ended or began in between is seen by one of the two looks.
            moving = await reader.untaken(self._expected(wanted, request.events))
            moving |= await reader.moving(request.record_ids)
            parked = await reader.parked(request.record_ids)
            records = await reader.of(request.record_ids)
            told = await reader.told(request.record_ids)
            moving |= await reader.moving(request.record_ids)
        return pb.ReadRecordsResponse(
            records=_rendered(records),
            events=[pb.ToldEvent(event_id=e.event_id, event_type=e.type, record_id=e.record_id) for e in told],
            moving_ids=sorted(moving),
            parked_ids=sorted(parked),
            aggregate=wanted.aggregate,
            consumer=wanted.consumer,
        )

    def _expected(self, wanted: RecordSet, events: Iterable[pb.ToldEvent]) -> list[Told]:
        """Those that the set's consumer takes: of other types it keeps no mark."""
        subscription = self._subscriptions.get(wanted.consumer)
        if subscription is None:
            return []
        return [
            Told(event.event_id, event.event_type, event.record_id)
            for event in events
            if subscription.handles(event.event_type)
        ]

    def _set(self, name: str) -> RecordSet:
        if name not in self._sets:
            known = ", ".join(sorted(self._sets))
            raise Invalid([Violation("record_set", "record_set.unknown", f"must be one of {known}")])
        return self._sets[name]

    @asynccontextmanager
    async def _reader(self, wanted: RecordSet) -> AsyncIterator[RecordReader]:
        tenant_id = current().tenant_id
        if tenant_id is None:
            raise Invalid([Violation("x-tenant", "tenant.required", "the records of which tenant?")])
        async with self._database.transaction(tenant_id) as transaction:
            yield RecordReader(transaction, wanted)


def _rendered(records: Iterable[KeptRecord]) -> list[pb.KeptRecord]:
    return [pb.KeptRecord(record_id=record.id, facts=record.facts) for record in records]
