"""ModelService as a caller meets it: examples in, a training run by the worker's job, models promoted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import grpc
import pytest
from sqlalchemy import text

from chassis.error_mapping import from_rpc_error
from scorecard import decode, digest
from scoring.settings import Settings
from scoring.wiring import build
from support.served import Person, Served, served
from throughline.scoring.v1 import events_pb2
from throughline.scoring.v1 import model_service_pb2 as pb
from throughline.scoring.v1.model_service_pb2_grpc import ModelServiceStub

from ..builders import ANNA, NORTH, TENANT
from ..model_leads import examples

if TYPE_CHECKING:
    from support.databases import Database as DatabaseCopy
    from support.tokens import TokenIssuer
    from throughline.scoring.v1.model_service_pb2_grpc import ModelServiceAsyncStub

PEOPLE = {
    "anna": Person(ANNA.person_id, ("rep",), NORTH),
    "dir": Person("01900000-0000-7000-8000-0000000000ca", ("director",)),
}


class Desk:
    """The service, and how the director calls it."""

    def __init__(self, service: Served[Settings]) -> None:
        self.stub: ModelServiceAsyncStub = ModelServiceStub(service.channel)
        self.issuer = service.issuer
        self.director = service.issuer.person_metadata("dir", TENANT)
        self.service_token = service.issuer.service_metadata("lead-router", TENANT)
        self._database = service.runtime.database
        self._snapshots = service.service.snapshots
        [self._job] = [job for job in service.service.jobs if job.name == "train_models"]

    async def brings(self, leads: list[pb.TrainingExample]) -> pb.ImportTrainingExamplesResponse:
        first = pb.ImportTrainingExamplesRequest(examples=leads[:500])
        await self.stub.ImportTrainingExamples(first, metadata=self.director)
        rest = pb.ImportTrainingExamplesRequest(examples=leads[500:] or leads[:1])
        return await self.stub.ImportTrainingExamples(rest, metadata=self.director)

    async def trains(self, **order: object) -> pb.Training:
        request = pb.TrainLeadModelRequest(**order)  # type: ignore[arg-type]  # fields of the request by name
        training = (await self.stub.TrainLeadModel(request, metadata=self.director)).training
        await self._job.run()
        asked = pb.GetTrainingRequest(training_id=training.training_id)
        return (await self.stub.GetTraining(asked, metadata=self.director)).training

    async def publishes(self, model_id: str, force_reason: str = "") -> pb.LeadModel:
        request = pb.PublishModelRequest(model_id=model_id, force_reason=force_reason)
        return (await self.stub.PublishModel(request, metadata=self.director)).model

    async def model(self, model_id: str) -> pb.LeadModel:
        return (await self.stub.GetModel(pb.GetModelRequest(model_id=model_id), metadata=self.director)).model

    async def told(self) -> list[events_pb2.LeadModelPublished]:
        """Events that wait to be sent, read as publications."""
        async with self._database.transaction(TENANT) as work:
            found = await work.connection.execute(text("SELECT payload FROM outbox WHERE aggregate = 'lead_model'"))
            return [events_pb2.LeadModelPublished.FromString(bytes(row.payload)) for row in found]

    async def tells_again(self) -> None:
        """As `events snapshot` does for the tenant."""
        async with self._database.transaction(TENANT) as work:
            assert await self._snapshots["lead_model"](work, "") == ""

    async def kinds_told(self) -> list[str]:
        """Names of the events that wait to be sent, in order."""
        async with self._database.transaction(TENANT) as work:
            query = text("SELECT type FROM outbox WHERE aggregate = 'lead_model' ORDER BY seq")
            return [str(row.type).rpartition(".")[2] for row in await work.connection.execute(query)]

    async def report(self, model_id: str) -> pb.ModelReport:
        request = pb.GetModelReportRequest(model_id=model_id)
        return (await self.stub.GetModelReport(request, metadata=self.director)).report


@pytest.fixture
async def desk(scoring_database: DatabaseCopy, token_issuer: TokenIssuer) -> AsyncIterator[Desk]:
    async with served(Settings, build, scoring_database, token_issuer, tenant=TENANT, people=PEOPLE) as service:
        yield Desk(service)


async def test_a_model_is_trained_judged_and_published_with_its_golden_vectors(desk: Desk) -> None:
    taken = await desk.brings(list(examples(900)))

    training = await desk.trains(excluded_fields=["form.note"])
    model = await desk.publishes(training.model_id)

    assert taken.total == 900
    assert (training.state, training.attempts) == (pb.TRAINING_STATE_SUCCEEDED, 1)
    assert (model.state, model.number, list(model.fields)) == (pb.MODEL_STATE_LIVE, 1, ["form.visits", "source"])
    report = await desk.report(model.model_id)
    assert report.auc > 0.65
    assert report.log_loss < report.base_log_loss
    assert sum(one.rows for one in report.reliability) == report.judged_rows
    picture = await desk.stub.GetModelReportChart(
        pb.GetModelReportChartRequest(model_id=model.model_id), metadata=desk.director
    )
    assert picture.content.startswith(b"\x89PNG")
    asked = pb.GetModelArtifactRequest(model_id=model.model_id)
    artifact = await desk.stub.GetModelArtifact(asked, metadata=desk.service_token)
    assert digest(artifact.content) == artifact.sha256 == model.sha256
    card = decode(artifact.content).card
    [told] = await desk.told()
    assert (told.model_id, told.sha256, told.sequence) == (model.model_id, model.sha256, 1)
    assert all(card.score(dict(one.fields)).log_odds == one.log_odds for one in told.golden_vectors)


async def test_a_worse_model_is_published_with_a_reason_alone_and_rolled_back_in_one_call(desk: Desk) -> None:
    await desk.brings(list(examples(900)))
    good = await desk.publishes((await desk.trains()).model_id)
    worse = (await desk.trains(excluded_fields=["source", "form.visits"])).model_id

    with pytest.raises(grpc.aio.AioRpcError) as refusal:
        await desk.publishes(worse)
    forced = await desk.publishes(worse, "the source is typed in late")
    rollback = pb.RollBackModelRequest(reason="fewer leads won")
    back = (await desk.stub.RollBackModel(rollback, metadata=desk.director)).model

    error = from_rpc_error(refusal.value)
    assert error.reason == "MODEL_WORSE"
    assert float(error.metadata["log_loss"]) > float(error.metadata["live_log_loss"])
    assert forced.force_reason == "the source is typed in late"
    assert (back.model_id, back.state) == (good.model_id, pb.MODEL_STATE_LIVE)
    assert (await desk.model(worse)).state == pb.MODEL_STATE_RETIRED


async def test_a_router_without_history_is_told_of_the_live_model_as_it_was_announced(desk: Desk) -> None:
    await desk.brings(list(examples(900)))
    await desk.publishes((await desk.trains()).model_id)

    await desk.tells_again()

    announced, again = await desk.told()
    assert again == announced


async def test_a_model_that_was_compared_with_another_one_is_refused(desk: Desk) -> None:
    await desk.brings(list(examples(900)))
    first, second = (await desk.trains()).model_id, (await desk.trains()).model_id
    await desk.publishes(first)

    with pytest.raises(grpc.aio.AioRpcError) as refusal:
        await desk.publishes(second)

    assert from_rpc_error(refusal.value).reason == "MODEL_NOT_COMPARED"


async def test_a_model_scores_in_the_shadow_until_that_is_stopped(desk: Desk) -> None:
    await desk.brings(list(examples(900)))
    model_id = (await desk.trains()).model_id

    shadowed = await desk.stub.ShadowModel(pb.ShadowModelRequest(model_id=model_id), metadata=desk.director)
    stopped = await desk.stub.ShadowModel(pb.ShadowModelRequest(model_id=model_id, stop=True), metadata=desk.director)

    assert shadowed.model.state == pb.MODEL_STATE_SHADOW
    assert stopped.model.state == pb.MODEL_STATE_CANDIDATE


async def test_a_model_that_is_published_leaves_the_shadow(desk: Desk) -> None:
    await desk.brings(list(examples(900)))
    model_id = (await desk.trains()).model_id
    await desk.stub.ShadowModel(pb.ShadowModelRequest(model_id=model_id), metadata=desk.director)

    await desk.publishes(model_id)

    assert await desk.kinds_told() == ["LeadModelShadowed", "LeadModelShadowed", "LeadModelPublished"]


async def test_too_little_data_ends_a_training_with_figures(desk: Desk) -> None:
    await desk.brings(list(examples(60)))

    training = await desk.trains()

    assert (training.state, training.failure) == (pb.TRAINING_STATE_FAILED, "TOO_LITTLE_DATA")
    assert training.figures["needed"] == 100
    assert training.figures["learn_won"] < 100


async def test_one_training_of_a_tenant_at_a_time(desk: Desk) -> None:
    first = await desk.stub.TrainLeadModel(pb.TrainLeadModelRequest(), metadata=desk.director)

    with pytest.raises(grpc.aio.AioRpcError) as refusal:
        await desk.stub.TrainLeadModel(pb.TrainLeadModelRequest(), metadata=desk.director)

    error = from_rpc_error(refusal.value)
    assert (error.reason, error.metadata["training_id"]) == ("TRAINING_IN_PROGRESS", first.training.training_id)


async def test_a_rep_may_neither_train_nor_read_models(desk: Desk) -> None:
    anna = desk.issuer.person_metadata("anna", TENANT)

    for call in (
        desk.stub.TrainLeadModel(pb.TrainLeadModelRequest(), metadata=anna),
        desk.stub.ListModels(pb.ListModelsRequest(), metadata=anna),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as refusal:
            await call
        assert refusal.value.code() is grpc.StatusCode.PERMISSION_DENIED
