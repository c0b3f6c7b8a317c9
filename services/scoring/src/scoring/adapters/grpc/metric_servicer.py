"""MetricService: the metric dictionary, and figures by it."""

import grpc

from chassis.idempotency import answered
from scoring.adapters.grpc import mapping
from scoring.adapters.grpc.metric_mapping import figures_message, metric_message, plain
from scoring.application.metric_ports import PublishedMetric
from scoring.application.metrics import MetricDesk, PublishMetric
from scoring.application.reckon_metrics import MetricReckoner
from throughline.scoring.v1 import metric_service_pb2 as pb
from throughline.scoring.v1.metric_service_pb2_grpc import MetricServiceServicer

Context = grpc.aio.ServicerContext[object, object]


class MetricServicer(MetricServiceServicer):
    """Parse, call, render."""

    def __init__(self, desk: MetricDesk, reckoner: MetricReckoner) -> None:
        self._desk = desk
        self._reckoner = reckoner

    async def ListMetrics(self, request: pb.ListMetricsRequest, context: Context) -> pb.ListMetricsResponse:
        return pb.ListMetricsResponse(metrics=map(metric_message, await self._desk.all()))

    async def GetMetric(self, request: pb.GetMetricRequest, context: Context) -> pb.GetMetricResponse:
        version = request.version if request.HasField("version") else None
        return pb.GetMetricResponse(metric=metric_message(await self._desk.get(request.metric_code, version)))

    async def PublishMetric(self, request: pb.PublishMetricRequest, context: Context) -> pb.PublishMetricResponse:
        command = PublishMetric(request.metric_code, plain(request.document), request.version, request.note)
        return await answered(self._desk.publish(command), _published)

    async def GetMetricFigures(
        self, request: pb.GetMetricFiguresRequest, context: Context
    ) -> pb.GetMetricFiguresResponse:
        table = await self._reckoner.one(request.metric_code, mapping.metric_question(request))
        return pb.GetMetricFiguresResponse(figures=figures_message(table))


def _published(metric: PublishedMetric) -> pb.PublishMetricResponse:
    return pb.PublishMetricResponse(metric=metric_message(metric))
