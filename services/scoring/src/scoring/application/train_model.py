"""Order trainings and run them: the order and the outcome are transactions, the computing in between is none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from chassis import context
from chassis.errors import NotFound
from chassis.failpoints import failpoints
from chassis.ids import new_id
from scorecard import digest
from scoring.application.model_ports import KnownLead, ModelUnitOfWork, ModelWork, Trainer, TrainingOutcome
from scoring.application.publish_model import RETRAIN_AFTER, make_live
from scoring.domain.errors import ModelNotCompared, ModelWorse, TrainingInProgress
from scoring.domain.ids import ModelId, TrainingId
from scoring.domain.lead_model import LeadModel
from scoring.domain.model_training import ModelTraining, Source, TrainingOrder

_MOST_LEADS = 100_000
"""That one training reads: enough for every bin, and little enough for the memory of a small machine."""


@dataclass(frozen=True, slots=True)
class ExampleIntake:
    """How many examples were kept, and how many there are now."""

    kept: int
    total: int


@dataclass(frozen=True, slots=True)
class TrainingDesk:
    """Takes examples and orders."""

    unit_of_work: ModelUnitOfWork

    async def take_examples(self, leads: Sequence[KnownLead]) -> ExampleIntake:
        """Keeps examples; of several with one id the last."""
        unique = list({lead.example_id: lead for lead in leads}.values())
        async with self.unit_of_work.begin() as work:
            await work.known_leads.add(unique, work.now)
            work.audit.record(action="model.import_examples", resource="training-examples", after={"kept": len(unique)})
            return await work.answer(ExampleIntake(len(unique), await work.known_leads.total()))

    async def order(self, order: TrainingOrder) -> ModelTraining:
        """Orders a training.

        Raises:
            TrainingInProgress: another one has not ended.
        """
        async with self.unit_of_work.begin() as work:
            return await work.answer(await ordered(work, order))

    async def get(self, training_id: TrainingId) -> ModelTraining:
        """One training.

        Raises:
            NotFound: there is none.
        """
        async with self.unit_of_work.begin() as work:
            training = await work.trainings.get(training_id)
        if training is None:
            raise NotFound("training", training_id)
        return training


async def ordered(work: ModelWork, order: TrainingOrder) -> ModelTraining:
    """A new training, in a transaction of the caller.

    Raises:
        TrainingInProgress: another one has not ended.
    """
    actor = context.current().principal.actor
    training = ModelTraining(id=TrainingId(new_id()), order=order, ordered_at=work.now, ordered_by=actor)
    if (unended := await work.trainings.unended()) is not None:
        raise TrainingInProgress(unended.id)
    await work.trainings.add(training)
    work.audit.record(
        action="model.train",
        resource=f"lead-model-trainings/{training.id}",
        after={"source": order.source.value, "excluded_fields": list(order.excluded_fields)},
    )
    return training


@dataclass(frozen=True, slots=True)
class _Run:
    training: ModelTraining
    leads: Sequence[KnownLead]
    live: LeadModel | None


@dataclass(frozen=True, slots=True)
class TrainingRunner:
    """Runs the training that waits, or that a stopped process left in the middle. One process does so at a time."""

    unit_of_work: ModelUnitOfWork
    trainer: Trainer
    retrain_after: timedelta = RETRAIN_AFTER

    async def __call__(self) -> bool:
        """Runs the tenant's next training; False where there was none."""
        run = await self._begin()
        if run is None:
            return False
        failpoints.reach("training.begun")
        outcome = await self.trainer(run.training.order, run.leads, run.live)
        failpoints.reach("training.computed")
        await self._end(run, outcome)
        failpoints.reach("training.ended")
        return True

    async def _begin(self) -> _Run | None:
        async with self.unit_of_work.begin() as work:
            training = await work.trainings.unended()
            if training is None:
                return None
            may_run = training.begin(at=work.now)
            await work.trainings.save(training)
            if not may_run:
                return None
            leads: list[KnownLead] = []
            if training.order.source is not Source.OUTCOMES:
                leads += await work.known_leads.imported(_MOST_LEADS)
            if training.order.source is not Source.IMPORTED:
                leads += await work.known_leads.own(work.now, _MOST_LEADS - len(leads))
            return _Run(training, leads, await work.models.live())

    async def _end(self, run: _Run, outcome: TrainingOutcome) -> None:
        async with self.unit_of_work.begin() as work:
            training = await work.trainings.unended()
            if training is None or training.id != run.training.id or not training.is_same_run(run.training):
                return
            if outcome.report is None:
                training.fail(outcome.failure, outcome.figures or {}, at=work.now)
            else:
                model = await self._model(work, training, outcome)
                training.succeed(model.id, at=work.now)
            await work.trainings.save(training)
            work.audit.record(
                action="model.end_training",
                resource=f"lead-model-trainings/{training.id}",
                after={"state": training.state.value, "model_id": training.model_id, "failure": training.failure},
            )

    async def _model(self, work: ModelWork, training: ModelTraining, outcome: TrainingOutcome) -> LeadModel:
        await work.models.hold()
        model = LeadModel(
            id=ModelId(new_id()),
            number=await work.models.next_number(),
            trained_at=work.now,
            training_id=training.id,
            sha256=digest(outcome.content),
            content=outcome.content,
            report=dict(outcome.report or {}),
            chart=outcome.chart,
        )
        await work.models.add(model)
        if training.order.publishes:
            await self._publish_if_not_worse(work, model)
        return model

    async def _publish_if_not_worse(self, work: ModelWork, model: LeadModel) -> None:
        live = await work.models.live()
        try:
            model.require_not_worse(live)
        except (ModelWorse, ModelNotCompared):
            return  # It stays a candidate; its report shows by how much.
        by, after = context.current().principal.actor, self.retrain_after
        await make_live(work, model, live, is_rollback=False, reason="", by=by, retrain_after=after)
