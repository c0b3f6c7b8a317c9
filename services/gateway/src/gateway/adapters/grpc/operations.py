"""The clocks and the rest of all services, asked over gRPC as the operator who calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from chassis.channels import Channels
from chassis.proto_values import moment_of
from gateway.application.ports import Rest
from throughline.operations.v1.operations_pb2 import GetQuiescenceRequest, MoveClockRequest
from throughline.operations.v1.operations_pb2_grpc import OperationsServiceStub

if TYPE_CHECKING:
    from throughline.operations.v1.operations_pb2_grpc import OperationsServiceAsyncStub


_PATIENCE_S: Final = 30.0
"""A clock that has been moved in some services only is worse than one that moves slowly on a busy machine."""


class GrpcSuite:
    """All services that the gateway has a channel to, itself included."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels
        self._stubs: dict[str, OperationsServiceAsyncStub] = {}

    @property
    def services(self) -> Sequence[str]:
        """Their names, in order."""
        return sorted(self._channels.peers)

    async def rest_of(self, service: str, awaited: Sequence[str] = ()) -> Rest:
        """What the service has left to do; the consumers awaited look for records at once."""
        request = GetQuiescenceRequest(service=service, awaited=awaited)
        answer = await self._stub(service).GetQuiescence(request, timeout=_PATIENCE_S)
        return Rest(
            business_now=moment_of(answer.business_now),
            timers_due=answer.timers_due,
            processes_due=answer.processes_due,
            outbox_pending=answer.outbox_pending,
            consumer_lag=answer.consumer_lag,
            next_timer_at=moment_of(answer.next_timer_at) if answer.HasField("next_timer_at") else None,
            progress=answer.progress,
            published=dict(answer.published),
            consumed=dict(answer.consumed),
            consumers=list(answer.consumers),
        )

    async def move_clock(self, service: str, offset: timedelta, *, hold_timers: bool) -> None:
        """Sets the service's offset to real time, and whether it holds its timers back."""
        request = MoveClockRequest(service=service, hold_timers=hold_timers)
        request.offset.FromTimedelta(offset)
        await self._stub(service).MoveClock(request, timeout=_PATIENCE_S)

    def _stub(self, service: str) -> OperationsServiceAsyncStub:
        """Kept, for making one prepares every method of the service."""
        if service not in self._stubs:
            self._stubs[service] = OperationsServiceStub(self._channels.to(service))
        return self._stubs[service]
