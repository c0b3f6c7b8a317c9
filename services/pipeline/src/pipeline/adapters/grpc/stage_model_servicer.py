"""StageModelService: versions of the stage models."""

from typing import Any

import grpc
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct

from chassis.idempotency import answered
from chassis.pages import cursor_of, size_of, token_after
from chassis.proto_values import timestamp_of
from pipeline.application.opportunity_ports import PublishedStageModel
from pipeline.application.stage_models import PublishStageModel, StageModelDesk
from pipeline.domain.ids import StageModelId
from throughline.pipeline.v1 import stage_model_service_pb2 as pb
from throughline.pipeline.v1.stage_model_service_pb2_grpc import StageModelServiceServicer

Context = grpc.aio.ServicerContext[object, object]


class StageModelServicer(StageModelServiceServicer):
    """Parse, call, render."""

    def __init__(self, desk: StageModelDesk) -> None:
        self._desk = desk

    async def GetActiveStageModel(
        self, request: pb.GetActiveStageModelRequest, context: Context
    ) -> pb.GetActiveStageModelResponse:
        return pb.GetActiveStageModelResponse(stage_model=_message(await self._desk.active(request.product_line)))

    async def GetStageModel(self, request: pb.GetStageModelRequest, context: Context) -> pb.GetStageModelResponse:
        found = await self._desk.get(StageModelId(request.stage_model_id))
        return pb.GetStageModelResponse(stage_model=_message(found))

    async def ListStageModels(self, request: pb.ListStageModelsRequest, context: Context) -> pb.ListStageModelsResponse:
        size = size_of(request)
        line = request.product_line.strip() if request.HasField("product_line") else None
        found = await self._desk.page(line, cursor_of(request), size + 1)
        page = found[:size]
        token = token_after(request, key=(), id=page[-1].id) if len(found) > size else ""
        return pb.ListStageModelsResponse(stage_models=[_message(model) for model in page], next_page_token=token)

    async def PublishStageModel(
        self, request: pb.PublishStageModelRequest, context: Context
    ) -> pb.PublishStageModelResponse:
        command = PublishStageModel(request.product_line, _plain(request.document), request.version, request.note)
        return await answered(self._desk.publish(command), _published)


def _published(model: PublishedStageModel) -> pb.PublishStageModelResponse:
    return pb.PublishStageModelResponse(stage_model=_message(model))


def _message(model: PublishedStageModel) -> pb.StageModel:
    message = pb.StageModel(
        stage_model_id=model.id,
        product_line=model.product_line,
        version=model.version,
        published_at=timestamp_of(model.published_at) if model.published_at else None,
        published_by=model.published_by,
        note=model.note,
    )
    message.document.update(model.document)
    return message


def _plain(document: Struct) -> dict[str, Any]:
    plain: dict[str, Any] = MessageToDict(document)
    return plain
