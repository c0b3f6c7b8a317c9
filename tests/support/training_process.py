"""A process that runs a tenant's next training and dies by SIGKILL where it is told to."""

from __future__ import annotations

import asyncio

from chassis.database import Database
from chassis.every_tenant import on_behalf_of
from chassis.failpoints import failpoints
from chassis.ids import TenantId
from chassis.unit_of_work import UnitOfWork
from scoring.adapters.postgres.unit_of_work import PostgresWork
from scoring.adapters.training.child_process import ChildProcessTrainer
from scoring.application.train_model import TrainingRunner


def run_and_die(url: str, tenant_id: TenantId, place: str) -> None:
    """Runs the training up to a failpoint."""

    async def run() -> None:
        async with Database.open(url, service="scoring", pool_size=3) as database:
            await run_training(database, tenant_id)

    failpoints.arm(f"{place}:1")
    asyncio.run(run())


async def run_training(database: Database, tenant_id: TenantId) -> None:
    """Runs the tenant's next training, where there is one."""
    with on_behalf_of(tenant_id, "test", service="scoring"):
        await TrainingRunner(UnitOfWork(database, PostgresWork), ChildProcessTrainer())()
