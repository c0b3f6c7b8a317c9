"""StageModelService as callers meet it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import grpc
import pytest
import pytest_asyncio
from google.protobuf.struct_pb2 import ListValue

from chassis.error_mapping import from_rpc_error
from chassis.errors import Invalid
from pipeline.domain.default_stage_model import DEFAULT_STAGE_MODEL
from throughline.pipeline.v1 import stage_model_service_pb2 as pb

from ..builders import a_document, a_stage
from .sales_desk import SalesDesk

if TYPE_CHECKING:
    from support.databases import DatabaseFactory
    from support.tokens import TokenIssuer


@pytest_asyncio.fixture
async def desk(database_factory: DatabaseFactory, token_issuer: TokenIssuer) -> AsyncIterator[SalesDesk]:
    async with SalesDesk.open(database_factory("pipeline"), token_issuer) as opened:
        yield opened


async def active(desk: SalesDesk, product_line: str) -> pb.StageModel:
    request = pb.GetActiveStageModelRequest(product_line=product_line)
    return (await desk.models.GetActiveStageModel(request, metadata=desk.who("anna"))).stage_model


async def test_tenant_without_a_model_has_the_built_in_eight_stages(desk: SalesDesk) -> None:
    model = await active(desk, "imaging")

    assert (model.stage_model_id, model.version) == (DEFAULT_STAGE_MODEL.id, 0)
    stages = model.document["stages"]
    assert isinstance(stages, ListValue)
    assert len(stages) == 8
    request = pb.GetStageModelRequest(stage_model_id=model.stage_model_id)
    assert (await desk.models.GetStageModel(request, metadata=desk.who("anna"))).stage_model == model


async def test_published_model_is_followed_by_its_product_line_alone(desk: SalesDesk) -> None:
    published = await desk.publish()

    assert await active(desk, "imaging") == published
    assert (await active(desk, "surgery")).version == 0
    general = await desk.publish(product_line="")
    assert await active(desk, "surgery") == general
    assert await active(desk, "imaging") == published


async def test_versions_rise_and_an_older_look_is_stale(desk: SalesDesk) -> None:
    await desk.publish()
    second = await desk.publish(version=1)

    with pytest.raises(grpc.aio.AioRpcError) as stale:
        await desk.publish(version=1)

    assert second.version == 2
    assert stale.value.code() is grpc.StatusCode.ABORTED
    assert from_rpc_error(stale.value).metadata["current_version"] == "2"


async def test_faulty_model_is_refused_with_every_fault(desk: SalesDesk) -> None:
    document = a_document(a_stage("A"), a_stage("b", win_probability_pct=200))
    request = pb.PublishStageModelRequest()
    request.document.update(document)

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await desk.models.PublishStageModel(request, metadata=desk.who("dora"))

    error = from_rpc_error(refused.value)
    assert error.reason == "STAGE_MODEL_INVALID"
    assert isinstance(error, Invalid)
    assert [fault.field for fault in error.violations] == ["stages[0].code", "stages[1].win_probability_pct"]


async def test_versions_are_listed_newest_first_page_by_page(desk: SalesDesk) -> None:
    first, second = await desk.publish(), await desk.publish(product_line="surgery")

    page = await desk.models.ListStageModels(pb.ListStageModelsRequest(page_size=1), metadata=desk.who("anna"))
    request = pb.ListStageModelsRequest(page_size=1, page_token=page.next_page_token)
    rest = await desk.models.ListStageModels(request, metadata=desk.who("anna"))

    assert list(page.stage_models) == [second]
    assert list(rest.stage_models) == [first]
    assert not rest.next_page_token


async def test_rep_publishes_no_model(desk: SalesDesk) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await desk.publish("anna")

    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_publishing_is_audited(desk: SalesDesk) -> None:
    published = await desk.publish()

    [row] = await desk.audited()

    assert (row.action, row.resource) == ("stage_model.publish", f"stage-models/{published.stage_model_id}")
