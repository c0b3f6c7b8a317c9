"""Processes that train a model or put one to use, and die by SIGKILL where they are told to."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from chassis.database import Database
from chassis.every_tenant import on_behalf_of
from chassis.failpoints import failpoints
from chassis.ids import TenantId
from chassis.unit_of_work import UnitOfWork
from lead_router.adapters.postgres.unit_of_work import PostgresWork as RouterWork
from lead_router.application.follow_models import ModelFollower
from scorecard import ChoiceField, Scorecard, encode
from scoring.adapters.postgres.unit_of_work import PostgresWork as ScoringWork
from scoring.adapters.training.child_process import ChildProcessTrainer
from scoring.application.train_model import TrainingRunner

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
