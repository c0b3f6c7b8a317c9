"""WaterLineService: the water lines, their checks and alarms."""

import grpc

from chassis.idempotency import answered
from chassis.pages import cursor_of, size_of, token_after
from scoring.adapters.grpc import mapping
from scoring.adapters.grpc.metric_mapping import figures_message
from scoring.adapters.water_line_messages import alarm_message
from scoring.application.check_water_lines import CheckedMonth, WaterLineWatch
from scoring.application.reckon_metrics import MetricReckoner
from scoring.application.water_line_ports import AlarmFilter
from scoring.domain.periods import Month
from throughline.scoring.v1 import water_line_service_pb2 as pb
from throughline.scoring.v1.water_line_service_pb2_grpc import WaterLineServiceServicer

Context = grpc.aio.ServicerContext[object, object]


class WaterLineServicer(WaterLineServiceServicer):
    """Parse, call, render."""

    def __init__(self, reckoner: MetricReckoner, watch: WaterLineWatch) -> None:
        self._reckoner = reckoner
        self._watch = watch

    async def GetWaterLines(self, request: pb.GetWaterLinesRequest, context: Context) -> pb.GetWaterLinesResponse:
        tables = await self._reckoner.water_lines(mapping.metric_question(request))
        return pb.GetWaterLinesResponse(lines=map(figures_message, tables))

    async def CheckWaterLines(self, request: pb.CheckWaterLinesRequest, context: Context) -> pb.CheckWaterLinesResponse:
        return await answered(self._watch.check(_month(request.month)), _checked)

    async def ListWaterLineAlarms(
        self, request: pb.ListWaterLineAlarmsRequest, context: Context
    ) -> pb.ListWaterLineAlarmsResponse:
        size = size_of(request)
        wanted = AlarmFilter(request.metric_code, _month(request.month), request.open_only)
        found = await self._watch.page(wanted, cursor_of(request), size + 1)
        page = found[:size]
        token = token_after(request, key=(), id=page[-1].id) if len(found) > size else ""
        return pb.ListWaterLineAlarmsResponse(alarms=map(alarm_message, page), next_page_token=token)


def _month(text: str) -> Month | None:
    return Month.parse(text) if text else None


def _checked(checked: CheckedMonth) -> pb.CheckWaterLinesResponse:
    return pb.CheckWaterLinesResponse(
        month=str(checked.month),
        raised=map(alarm_message, checked.raised),
        recovered=map(alarm_message, checked.recovered),
    )
