"""Trainings in PostgreSQL. An index lets a tenant have no more than one that has not ended."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from chassis.database import SqlRow, Transaction, constraint_name
from scoring.adapters.postgres.model_tables import model_training as table
from scoring.domain.errors import TrainingInProgress
from scoring.domain.ids import ModelId, TrainingId
from scoring.domain.model_training import ModelTraining, Source, TrainingOrder, TrainingState

_UNENDED = (TrainingState.QUEUED.value, TrainingState.RUNNING.value)


class PostgresTrainings:
    """The trainings of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def add(self, training: ModelTraining) -> None:
        """Keeps a new one.

        Raises:
            TrainingInProgress: a rival ordered one at the same instant.
        """
        row = {
            "tenant_id": self._tenant_id,
            "id": training.id,
            "source": training.order.source.value,
            "plan": _plan(training.order),
            "ordered_at": training.ordered_at,
            "ordered_by": training.ordered_by,
            **_progress(training),
        }
        try:
            await self._connection.execute(insert(table), row)
        except IntegrityError as error:
            if constraint_name(error) == "model_training_one_idx":
                raise TrainingInProgress(training.id) from error
            raise

    async def unended(self) -> ModelTraining | None:
        """The one that waits or runs, held until the transaction ends."""
        query = select(table).where(table.c.state.in_(_UNENDED)).with_for_update()
        row = (await self._connection.execute(query)).one_or_none()
        return _training(row) if row else None

    async def get(self, training_id: TrainingId) -> ModelTraining | None:
        """One, or None."""
        row = (await self._connection.execute(select(table).where(table.c.id == training_id))).one_or_none()
        return _training(row) if row else None

    async def save(self, training: ModelTraining) -> None:
        """Writes how far it is."""
        await self._connection.execute(update(table).where(table.c.id == training.id).values(_progress(training)))


def _plan(order: TrainingOrder) -> dict[str, Any]:
    plan = asdict(order) | {"excluded_fields": list(order.excluded_fields)}
    del plan["source"]
    return plan


def _progress(training: ModelTraining) -> dict[str, Any]:
    return {
        "state": training.state.value,
        "ended_at": training.ended_at,
        "attempts": training.attempts,
        "model_id": training.model_id,
        "failure": training.failure,
        "figures": dict(training.figures),
    }


def _training(row: SqlRow) -> ModelTraining:
    plan = {**row.plan, "excluded_fields": tuple(row.plan["excluded_fields"])}
    return ModelTraining(
        id=TrainingId(row.id),
        order=TrainingOrder(Source(row.source), **plan),
        ordered_at=row.ordered_at,
        ordered_by=row.ordered_by,
        state=TrainingState(row.state),
        ended_at=row.ended_at,
        attempts=row.attempts,
        model_id=ModelId(row.model_id) if row.model_id else None,
        failure=row.failure,
        figures=row.figures,
    )
