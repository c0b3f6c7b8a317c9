"""Reads the directory's facts about tenants: a tenant that is there has its months checked."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from google.protobuf.message import Message

from chassis.event_headers import Event
from chassis.subscription import Handler
from scoring.application.schedule_month_check import MonthCheckScheduler
from throughline.collab.v1.events_pb2 import TenantChanged


def tenant_handlers(schedule: MonthCheckScheduler) -> Mapping[type[Message], Handler]:
    """A tenant's zone is taken from the fact, because the directory's copy may not have it yet."""

    async def handle(event: Event[TenantChanged]) -> None:
        if event.message.is_active:
            await schedule.in_zone(ZoneInfo(event.message.zone))

    return {TenantChanged: handle}
