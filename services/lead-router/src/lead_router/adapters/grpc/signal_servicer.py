"""SignalService: what leads do after receipt."""

from collections.abc import AsyncIterator

import grpc

from chassis.errors import ThroughlineError
from chassis.idempotency import answered
from chassis.validation import validate
from lead_router.adapters.grpc.signal_mapping import sent_signal, signals_response
from lead_router.application.read_signals import SignalReader
from lead_router.application.record_signals import MOST_TOGETHER, SignalIntake
from lead_router.application.signal_ports import SentSignal
from lead_router.domain.ids import LeadId
from throughline.lead_router.v1 import signal_service_pb2 as pb
from throughline.lead_router.v1.signal_service_pb2_grpc import SignalServiceServicer

Context = grpc.aio.ServicerContext[object, object]

_MOST_NAMED = 100


class SignalServicer(SignalServiceServicer):
    """Parse, call, render."""

    def __init__(self, intake: SignalIntake, read: SignalReader) -> None:
        self._intake = intake
        self._read = read

    async def RecordSignal(self, request: pb.RecordSignalRequest, context: Context) -> pb.RecordSignalResponse:
        return await answered(
            self._intake.record(sent_signal(request.signal)),
            lambda one: pb.RecordSignalResponse(lead_id=one.lead_id, is_repeat=one.is_repeat),
        )

    async def RecordSignals(
        self, request_iterator: AsyncIterator[pb.RecordSignalsRequest], context: Context
    ) -> pb.RecordSignalsResponse:
        answer = pb.RecordSignalsResponse()
        portion: list[tuple[int, SentSignal]] = []
        position = 0
        async for request in request_iterator:
            position += 1
            try:
                validate(request)
            except ThroughlineError as fault:
                _refuse(answer, position, request.signal.signal_id, fault)
                continue
            portion.append((position, sent_signal(request.signal)))
            if len(portion) == MOST_TOGETHER:
                await self._take(portion, answer)
                portion = []
        if portion:
            await self._take(portion, answer)
        return answer

    async def GetLeadSignals(self, request: pb.GetLeadSignalsRequest, context: Context) -> pb.GetLeadSignalsResponse:
        return signals_response(await self._read(LeadId(request.lead_id)))

    async def _take(self, portion: list[tuple[int, SentSignal]], answer: pb.RecordSignalsResponse) -> None:
        outcomes = await self._intake.record_many([sent for _, sent in portion])
        for (position, sent), outcome in zip(portion, outcomes, strict=True):
            if outcome.fault is not None:
                _refuse(answer, position, sent.signal.signal_id, outcome.fault)
            elif outcome.is_repeat:
                answer.repeated += 1
            else:
                answer.recorded += 1


def _refuse(answer: pb.RecordSignalsResponse, position: int, signal_id: str, fault: ThroughlineError) -> None:
    answer.refused += 1
    if len(answer.refusals) < _MOST_NAMED:
        answer.refusals.add(position=position, signal_id=signal_id, reason=fault.reason, detail=fault.message)
