"""Processes that train a model or put one to use, and die by SIGKILL where they are told to."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from chassis import context
from chassis.context import Principal, RequestContext
from chassis.database import Database
from chassis.every_tenant import on_behalf_of
from chassis.failpoints import failpoints
from chassis.idempotency import answered
from chassis.ids import TenantId
from chassis.unit_of_work import UnitOfWork
from lead_router.adapters.postgres.unit_of_work import PostgresWork as RouterWork
from lead_router.application.follow_models import ModelFollower
from scorecard import ChoiceField, Scorecard, encode
from scoring.adapters.postgres.unit_of_work import PostgresWork as ScoringWork
from scoring.adapters.training.child_process import ChildProcessTrainer
from scoring.application.publish_model import ModelDesk, PublishModel
from scoring.application.train_model import TrainingRunner
from scoring.domain.ids import ModelId
from throughline.scoring.v1.model_service_pb2 import LeadModel, PublishModelResponse

CARD = encode(Scorecard(-1_000_000, [ChoiceField("source", {"referral": 900_000}, other=0, missing=0)]))


def train_and_die(url: str, tenant_id: TenantId, place: str) -> None:
    """Runs the training up to a failpoint."""

    async def run() -> None:
        async with Database.open(url, service="scoring", pool_size=3) as database:
            await train(database, tenant_id)

    failpoints.arm(f"{place}:1")
    asyncio.run(run())


async def train(database: Database, tenant_id: TenantId) -> None:
    """Runs the tenant's next training, where there is one."""
    with on_behalf_of(tenant_id, "test", service="scoring"):
        await TrainingRunner(UnitOfWork(database, ScoringWork), ChildProcessTrainer())()


def publish_and_die(url: str, tenant_id: TenantId, place: str, model_id: str) -> None:
    """Publishes a model, or rolls back where none is named, up to a failpoint."""

    async def run() -> None:
        async with Database.open(url, service="scoring", pool_size=3) as database:
            await publish(database, tenant_id, model_id)

    failpoints.arm(f"{place}:1")
    asyncio.run(run())


async def publish(database: Database, tenant_id: TenantId, model_id: str) -> str:
    """Publishes a model, or rolls back where none is named, as one click of one person; returns the model's id."""
    desk = ModelDesk(UnitOfWork(database, ScoringWork))
    principal = Principal("service", "service:test", None, frozenset({"service"}))
    method = "publish" if model_id else "roll back"
    with context.bind(RequestContext(principal, tenant_id, method, request_id="one click", request_hash=b"same")):
        command = PublishModel(ModelId(model_id), force_reason="tried out")
        done = desk.publish(command) if model_id else desk.roll_back("tried out")
        answer = await answered(done, lambda model: PublishModelResponse(model=LeadModel(model_id=model.id)))
    return answer.model.model_id


def fetch_and_die(url: str, tenant_id: TenantId, place: str) -> None:
    """Fetches what was announced up to a failpoint."""

    async def run() -> None:
        async with Database.open(url, service="lead-router", pool_size=3) as database:
            with on_behalf_of(tenant_id, "test", service="lead-router"):
                await follower(database).fetch()

    failpoints.arm(f"{place}:1")
    asyncio.run(run())


@dataclass(frozen=True)
class OneModel:
    """Scoring as a place that has one model."""

    async def content(self, model_id: str) -> bytes:
        """As the port `ModelSource`."""
        return CARD


def follower(database: Database) -> ModelFollower:
    """The router's follower of models."""
    return ModelFollower(UnitOfWork(database, RouterWork), OneModel())
