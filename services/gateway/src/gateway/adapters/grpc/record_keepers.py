"""Asks the services what records they keep, over gRPC, as the gateway itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from chassis.channels import Channels
from chassis.errors import Unreachable
from chassis.every_tenant import on_behalf_of
from chassis.ids import TenantId
from gateway.domain.reconciliation import Bucket, Place, Reading, Records, Told
from throughline.operations.v1 import records_pb2 as pb
from throughline.operations.v1.records_pb2_grpc import RecordServiceStub

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from throughline.operations.v1.records_pb2_grpc import RecordServiceAsyncStub

_PATIENCE_S = 120.0
"""A digest goes over all rows of a table."""


class GrpcRecordServices:
    """Every service that the gateway has a channel to, itself included. Stubs are made when first needed, and kept."""

    def __init__(self, channels: Channels, service: str) -> None:
        self._channels = channels
        self._service = service
        self._stubs: dict[str, RecordServiceAsyncStub] = {}

    def of(self, tenant_id: str) -> GrpcRecordKeepers:
        """As keepers of the records of one tenant."""
        return GrpcRecordKeepers(self, TenantId(tenant_id))

    def stub(self, service: str) -> RecordServiceAsyncStub:
        """The service's stub.

        Raises:
            Unreachable: the gateway knows no address of it.
        """
        if service not in self._channels.peers:
            raise Unreachable(service)
        if service not in self._stubs:
            self._stubs[service] = RecordServiceStub(self._channels.to(service))
        return self._stubs[service]

    def calling_for(self, tenant_id: TenantId) -> AbstractContextManager[None]:
        """Calls inside the block are this service's own, for the tenant."""
        return on_behalf_of(tenant_id, "gateway.reconcile", service=self._service)


class GrpcRecordKeepers:
    """The services, for one tenant."""

    def __init__(self, services: GrpcRecordServices, tenant_id: TenantId) -> None:
        self._services = services
        self._tenant_id = tenant_id

    async def digest(self, place: Place) -> Mapping[str, Bucket]:
        """How many records there are in each bucket, and their digest."""
        request = pb.DigestRecordsRequest(record_set=place.record_set)
        with self._services.calling_for(self._tenant_id):
            answer = await self._services.stub(place.service).DigestRecords(request, timeout=_PATIENCE_S)
        return {bucket.bucket: Bucket(bucket.records, bucket.digest) for bucket in answer.buckets}

    async def of_buckets(self, place: Place, buckets: Sequence[str]) -> Records:
        """All records of some buckets."""
        return await self._listed(place, pb.ListRecordsRequest(record_set=place.record_set, buckets=buckets))

    async def page(self, place: Place, after: str, size: int) -> Records:
        """The next records after an id, of all."""
        return await self._listed(
            place, pb.ListRecordsRequest(record_set=place.record_set, after=after, page_size=size)
        )

    async def read(self, place: Place, ids: Sequence[str], told: Sequence[Told] = ()) -> Reading:
        """Some records, with what is under way about them; `told` are events that the service should have taken."""
        events = [pb.ToldEvent(event_id=each.event_id, event_type=each.type, record_id=each.record_id) for each in told]
        request = pb.ReadRecordsRequest(record_set=place.record_set, record_ids=ids, events=events)
        with self._services.calling_for(self._tenant_id):
            answer = await self._services.stub(place.service).ReadRecords(request, timeout=_PATIENCE_S)
        return Reading(
            _records(answer.records),
            [Told(event.event_id, event.event_type, event.record_id) for event in answer.events],
            frozenset(answer.moving_ids),
            frozenset(answer.parked_ids),
            answer.aggregate,
            answer.consumer,
        )

    async def _listed(self, place: Place, request: pb.ListRecordsRequest) -> Records:
        with self._services.calling_for(self._tenant_id):
            answer = await self._services.stub(place.service).ListRecords(request, timeout=_PATIENCE_S)
        return _records(answer.records)


def _records(records: Sequence[pb.KeptRecord]) -> Records:
    return {record.record_id: tuple(record.facts) for record in records}
