"""Facts of the domain as the messages that leave."""

from chassis.outbox import Outbox
from scoring.adapters.water_line_messages import alarm_message
from scoring.application.ports import ToldFact
from scoring.domain.events import MetricPublished
from scoring.domain.water_line import WaterLineBreached, WaterLineRecovered
from throughline.scoring.v1 import events_pb2 as pb

METRIC, WATER_LINE = "metric", "water_line"
_BREACHED, _RECOVERED = 1, 2
"""Versions of an alarm."""


class ScoringOutbox:
    """Appends the service's facts to the outbox."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def append(self, fact: ToldFact) -> None:
        """Adds a fact, keyed by its aggregate."""
        match fact:
            case MetricPublished(metric):
                message = pb.MetricPublished(
                    metric_code=metric.code, metric_version=metric.version, is_water_line=metric.is_water_line
                )
                self._outbox.append(aggregate=METRIC, aggregate_id=metric.code, version=metric.version, message=message)
            case WaterLineBreached():
                self._append_alarm(fact, pb.WaterLineBreached, _BREACHED)
            case WaterLineRecovered():
                self._append_alarm(fact, pb.WaterLineRecovered, _RECOVERED)

    def _append_alarm(
        self,
        fact: WaterLineBreached | WaterLineRecovered,
        kind: type[pb.WaterLineBreached | pb.WaterLineRecovered],
        version: int,
    ) -> None:
        message = kind(
            alarm=alarm_message(fact.alarm),
            metric_name_zh=fact.metric.name_zh,
            metric_name_en=fact.metric.name_en,
            alarm_below=fact.metric.alarm_line,
            manager_ids=fact.managers,
        )
        self._outbox.append(aggregate=WATER_LINE, aggregate_id=fact.alarm.id, version=version, message=message)
