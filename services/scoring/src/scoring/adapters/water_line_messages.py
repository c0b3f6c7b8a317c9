"""Alarms as messages, for answers and events alike."""

from chassis.proto_values import number_of, timestamp_of
from scoring.domain.water_line import WaterLineAlarm
from throughline.scoring.v1 import water_line_pb2 as pb


def alarm_message(alarm: WaterLineAlarm) -> pb.WaterLineAlarm:
    """An alarm as callers and consumers see it."""
    recovery = alarm.recovery
    return pb.WaterLineAlarm(
        alarm_id=alarm.id,
        metric_code=alarm.metric_code,
        metric_version=alarm.metric_version,
        subject=number_of(pb.WaterLineSubject, alarm.subject.kind),
        subject_id=alarm.subject.id,
        team_id=alarm.team_id or "",
        month=str(alarm.month),
        numerator=alarm.numerator,
        denominator=alarm.denominator,
        value=alarm.value,
        breached_at=timestamp_of(alarm.breached_at),
        recovered_at=timestamp_of(recovery.at) if recovery else None,
        recovered_month=str(recovery.month) if recovery else "",
        recovered_value=recovery.value if recovery else None,
    )
