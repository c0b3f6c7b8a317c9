"""ModelService: examples in, trainings ordered, models promoted and shown."""

import grpc

from chassis.idempotency import answered
from chassis.pages import cursor_of, size_of, token_after
from scoring.adapters.grpc import model_mapping as mapping
from scoring.application.publish_model import ModelDesk, PublishModel
from scoring.application.train_model import TrainingDesk
from scoring.domain.ids import ModelId, TrainingId
from throughline.scoring.v1 import model_service_pb2 as pb
from throughline.scoring.v1.model_service_pb2_grpc import ModelServiceServicer

Context = grpc.aio.ServicerContext[object, object]


class ModelServicer(ModelServiceServicer):
    """Parse, call, render."""

    def __init__(self, trainings: TrainingDesk, models: ModelDesk) -> None:
        self._trainings = trainings
        self._models = models

    async def ImportTrainingExamples(
        self, request: pb.ImportTrainingExamplesRequest, context: Context
    ) -> pb.ImportTrainingExamplesResponse:
        leads = [mapping.known_lead(example) for example in request.examples]
        return await answered(
            self._trainings.take_examples(leads),
            lambda taken: pb.ImportTrainingExamplesResponse(kept=taken.kept, total=taken.total),
        )

    async def TrainLeadModel(self, request: pb.TrainLeadModelRequest, context: Context) -> pb.TrainLeadModelResponse:
        return await answered(
            self._trainings.order(mapping.training_order(request)),
            lambda training: pb.TrainLeadModelResponse(training=mapping.training_message(training)),
        )

    async def GetTraining(self, request: pb.GetTrainingRequest, context: Context) -> pb.GetTrainingResponse:
        training = await self._trainings.get(TrainingId(request.training_id))
        return pb.GetTrainingResponse(training=mapping.training_message(training))

    async def GetModel(self, request: pb.GetModelRequest, context: Context) -> pb.GetModelResponse:
        return pb.GetModelResponse(model=mapping.model_message(await self._models.get(ModelId(request.model_id))))

    async def ListModels(self, request: pb.ListModelsRequest, context: Context) -> pb.ListModelsResponse:
        size = size_of(request)
        found = await self._models.page(cursor_of(request), size + 1)
        page = found[:size]
        token = token_after(request, key=(), id=page[-1].id) if len(found) > size else ""
        return pb.ListModelsResponse(models=[mapping.model_message(model) for model in page], next_page_token=token)

    async def GetModelReport(self, request: pb.GetModelReportRequest, context: Context) -> pb.GetModelReportResponse:
        model = await self._models.get(ModelId(request.model_id))
        return pb.GetModelReportResponse(report=mapping.report_message(model))

    async def GetModelReportChart(
        self, request: pb.GetModelReportChartRequest, context: Context
    ) -> pb.GetModelReportChartResponse:
        model = await self._models.get(ModelId(request.model_id))
        return pb.GetModelReportChartResponse(content=model.chart)

    async def GetModelArtifact(
        self, request: pb.GetModelArtifactRequest, context: Context
    ) -> pb.GetModelArtifactResponse:
        model = await self._models.get(ModelId(request.model_id))
        return pb.GetModelArtifactResponse(content=model.content, sha256=model.sha256)

    async def PublishModel(self, request: pb.PublishModelRequest, context: Context) -> pb.PublishModelResponse:
        command = PublishModel(ModelId(request.model_id), request.force_reason.strip())
        return await answered(
            self._models.publish(command), lambda model: pb.PublishModelResponse(model=mapping.model_message(model))
        )

    async def ShadowModel(self, request: pb.ShadowModelRequest, context: Context) -> pb.ShadowModelResponse:
        return await answered(
            self._models.shadow(ModelId(request.model_id), stop=request.stop),
            lambda model: pb.ShadowModelResponse(model=mapping.model_message(model)),
        )

    async def RollBackModel(self, request: pb.RollBackModelRequest, context: Context) -> pb.RollBackModelResponse:
        return await answered(
            self._models.roll_back(request.reason),
            lambda model: pb.RollBackModelResponse(model=mapping.model_message(model)),
        )
