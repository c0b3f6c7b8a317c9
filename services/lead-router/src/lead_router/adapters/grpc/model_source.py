"""Asks scoring, which owns the models, for their bytes."""

from chassis.channels import Channels
from throughline.scoring.v1.model_service_pb2 import GetModelArtifactRequest
from throughline.scoring.v1.model_service_pb2_grpc import ModelServiceStub


class GrpcModelSource:
    """Scoring behind the port `ModelSource`."""

    def __init__(self, channels: Channels) -> None:
        self._stub = ModelServiceStub(channels.to("scoring"))

    async def content(self, model_id: str) -> bytes:
        """The bytes of a model.

        Raises:
            Unreachable: scoring does not answer.
            NotFound: it knows no such model.
        """
        answer = await self._stub.GetModelArtifact(GetModelArtifactRequest(model_id=model_id))
        return answer.content
