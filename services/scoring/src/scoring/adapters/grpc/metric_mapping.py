"""Definitions and reckoned metrics as messages."""

from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct

from chassis.proto_values import number_of, timestamp_of
from scoring.application.metric_ports import PublishedMetric
from scoring.application.reckon_metrics import MetricTable
from scoring.domain.metric import Reckoned
from throughline.scoring.v1 import metric_pb2 as pb


def metric_message(metric: PublishedMetric) -> pb.Metric:
    """A definition as callers see it."""
    message = pb.Metric(
        metric_code=metric.code,
        version=metric.version,
        published_at=timestamp_of(metric.published_at) if metric.published_at else None,
        published_by=metric.published_by,
        note=metric.note,
    )
    message.document.update(metric.document)
    return message


def figures_message(table: MetricTable) -> pb.MetricFigures:
    """A reckoned metric as callers see it."""
    return pb.MetricFigures(
        metric_code=table.metric.code,
        metric_version=table.metric.version,
        rows=[_figure(group, reckoned) for group, reckoned in table.rows],
        total=_figure("", table.total),
    )


def plain(document: Struct) -> dict[str, Any]:
    """A document as the domain reads it."""
    read: dict[str, Any] = MessageToDict(document)
    return read


def _figure(group: str, reckoned: Reckoned) -> pb.MetricFigure:
    return pb.MetricFigure(
        group=group,
        numerator=reckoned.numerator,
        denominator=reckoned.denominator,
        value=reckoned.value,
        verdict=number_of(pb.MetricVerdict, reckoned.verdict),
    )
