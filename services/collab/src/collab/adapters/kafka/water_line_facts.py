"""Reads scoring's facts about water lines as news for managers."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from google.protobuf.message import Message

from chassis.event_headers import Event
from chassis.ids import PersonId, TeamId
from chassis.proto_values import word_of
from chassis.subscription import Handler
from collab.application.tell_water_line_news import TellWaterLineNewsHandler
from collab.domain.ids import EventId
from collab.domain.water_line_news import WaterLineNews, WaterLineNewsKind
from throughline.scoring.v1 import events_pb2 as pb
from throughline.scoring.v1 import water_line_pb2


def water_line_handlers(tell: TellWaterLineNewsHandler) -> Mapping[type[Message], Handler]:
    """One handler per kind of fact."""
    return {
        pb.WaterLineBreached: _telling(WaterLineNewsKind.BREACHED, tell),
        pb.WaterLineRecovered: _telling(WaterLineNewsKind.RECOVERED, tell),
    }


def _telling(kind: WaterLineNewsKind, tell: TellWaterLineNewsHandler) -> Callable[[Event[Any]], Awaitable[None]]:
    async def handle(event: Event[Any]) -> None:
        fact = event.message
        is_teams = fact.alarm.subject == water_line_pb2.WATER_LINE_SUBJECT_TEAM
        news = WaterLineNews(
            kind,
            EventId(event.id),
            event.occurred_at,
            fact.alarm.alarm_id,
            tuple(map(PersonId, fact.manager_ids)),
            _facts(fact, kind),
            TeamId(fact.alarm.subject_id) if is_teams else None,
        )
        await tell(news)

    return handle


def _facts(fact: pb.WaterLineBreached | pb.WaterLineRecovered, kind: WaterLineNewsKind) -> dict[str, str]:
    alarm = fact.alarm
    has_recovered = kind is WaterLineNewsKind.RECOVERED
    return {
        "metric_code": alarm.metric_code,
        "metric_zh": fact.metric_name_zh,
        "metric_en": fact.metric_name_en,
        "month": alarm.recovered_month if has_recovered else alarm.month,
        "value": f"{alarm.recovered_value if has_recovered else alarm.value:g}",
        "line": f"{fact.alarm_below:g}",
        "subject_kind": word_of(water_line_pb2.WaterLineSubject, alarm.subject),
        "subject": alarm.subject_id,
    }
