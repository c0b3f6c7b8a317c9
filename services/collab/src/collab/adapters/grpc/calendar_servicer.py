"""CalendarService: the tenant's working time."""

import grpc

from chassis.idempotency import answered
from collab.adapters.grpc import calendar_mapping as mapping
from collab.application.edit_calendar import PutCalendarDaysHandler
from collab.application.read_calendar import CalendarReader
from throughline.collab.v1 import calendar_service_pb2 as pb
from throughline.collab.v1.calendar_service_pb2_grpc import CalendarServiceServicer

Context = grpc.aio.ServicerContext[object, object]


class CalendarServicer(CalendarServiceServicer):
    """Parse, call, render."""

    def __init__(self, put_days: PutCalendarDaysHandler, read: CalendarReader) -> None:
        self._put_days = put_days
        self._read = read

    async def GetCalendar(self, request: pb.GetCalendarRequest, context: Context) -> pb.GetCalendarResponse:
        calendar, year = await self._read(request.year or None)
        return mapping.calendar_of_year(calendar, year)

    async def PutCalendarDays(self, request: pb.PutCalendarDaysRequest, context: Context) -> pb.PutCalendarDaysResponse:
        return await answered(self._put_days(mapping.put_calendar_days(request)), mapping.put)
