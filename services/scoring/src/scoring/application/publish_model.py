"""Promote models: make one live, let one score in the shadow, roll back; and show them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from chassis import context
from chassis.errors import NotFound
from chassis.pages import Cursor
from scoring.application.model_ports import ModelUnitOfWork, ModelWork, Promotion
from scoring.domain.errors import NoEarlierModel
from scoring.domain.ids import ModelId
from scoring.domain.lead_model import LeadModel, ModelState

RETRAIN = "scoring.retrain_lead_model"
"""Kind of the timer that rings when the live model has grown old."""
RETRAIN_AFTER = timedelta(hours=71)
"""After which a live model is trained anew where there is anything to learn: an hour before it is three days old."""


@dataclass(frozen=True, slots=True)
class PublishModel:
    """Makes a model live; with a reason even if it is worse or was not compared."""

    model_id: ModelId
    force_reason: str = ""


@dataclass(frozen=True, slots=True)
class ModelDesk:
    """Moves and shows models."""

    unit_of_work: ModelUnitOfWork
    retrain_after: timedelta = field(default=RETRAIN_AFTER)

    async def publish(self, command: PublishModel) -> LeadModel:
        """Makes the model the one that scores.

        Raises:
            NotFound: there is no such model.
            ModelStateForbids: it is live already.
            ModelWorse, ModelNotCompared: without a reason to force it.
        """
        async with self.unit_of_work.begin() as work:
            model = await self._held(work, command.model_id)
            live = await work.models.live()
            if (live is None or live.id != model.id) and not command.force_reason:
                model.require_not_worse(live)
            by, reason = context.current().principal.actor, command.force_reason
            return await work.answer(
                await make_live(
                    work, model, live, is_rollback=False, reason=reason, by=by, retrain_after=self.retrain_after
                )
            )

    async def roll_back(self, reason: str) -> LeadModel:
        """Makes the model that was live before the present one live again.

        Raises:
            NoEarlierModel: there is none.
        """
        async with self.unit_of_work.begin() as work:
            await work.models.hold()
            live, earlier = await work.models.live(), await work.models.before_live()
            if live is None or earlier is None:
                raise NoEarlierModel
            by = context.current().principal.actor
            return await work.answer(
                await make_live(
                    work, earlier, live, is_rollback=True, reason=reason, by=by, retrain_after=self.retrain_after
                )
            )

    async def shadow(self, model_id: ModelId, *, stop: bool) -> LeadModel:
        """Lets the model score beside the live one, in place of another that did, or stops that.

        Raises:
            NotFound: there is no such model.
            ModelStateForbids: it is live, or it is in the shadow already, or not when that is to end.
        """
        async with self.unit_of_work.begin() as work:
            model = await self._held(work, model_id)
            if stop:
                model.leave_shadow()
                await work.models.save(model)
            else:
                model.shadow()
                other = await work.models.in_shadow()
                if other is not None:
                    other.leave_shadow()
                await work.models.save(*([other] if other else []), model)
            kind, by = "stop_shadow" if stop else "shadow", context.current().principal.actor
            sequence = await work.models.promote(Promotion(kind, model.id, None, work.now, by))
            work.model_outbox.shadowed(model, sequence, is_stopped=stop)
            work.audit.record(
                action=f"model.{kind}", resource=f"lead-models/{model.id}", after={"state": model.state.value}
            )
            return await work.answer(model)

    async def get(self, model_id: ModelId) -> LeadModel:
        """One model.

        Raises:
            NotFound: there is none.
        """
        async with self.unit_of_work.begin() as work:
            return _found(await work.models.get(model_id), model_id)

    async def page(self, after: Cursor | None, size: int) -> Sequence[LeadModel]:
        """Models, newest first, at most `size`."""
        async with self.unit_of_work.begin() as work:
            return await work.models.page(after, size)

    async def _held(self, work: ModelWork, model_id: ModelId) -> LeadModel:
        await work.models.hold()
        return _found(await work.models.get(model_id), model_id)


async def make_live(
    work: ModelWork,
    model: LeadModel,
    live: LeadModel | None,
    *,
    is_rollback: bool,
    reason: str,
    by: str,
    retrain_after: timedelta,
) -> LeadModel:
    """Puts the model in the live one's place, in a transaction of the caller that holds the models.

    A model that was rolled back to has been old before: it is given the same time again.
    """
    before, was_in_shadow = live.id if live else None, model.state is ModelState.SHADOW
    model.publish(at=work.now, by=by, force_reason=reason if not is_rollback else "")
    if live is not None:
        live.retire()
        await work.models.save(live)
    await work.models.save(model)
    if was_in_shadow:
        left = await work.models.promote(Promotion("stop_shadow", model.id, None, work.now, by))
        work.model_outbox.shadowed(model, left, is_stopped=True)
    kind = "roll_back" if is_rollback else "publish"
    sequence = await work.models.promote(Promotion(kind, model.id, before, work.now, by, reason))
    work.model_outbox.published(model, sequence, before, is_rollback=is_rollback, at=work.now)
    await work.timers.set(RETRAIN, "live", (work.now if is_rollback else model.trained_at) + retrain_after, {})
    work.audit.record(
        action=f"model.{kind}",
        resource=f"lead-models/{model.id}",
        before={"live_model_id": before},
        after={"live_model_id": model.id, "sha256": model.sha256, "reason": reason},
    )
    return model


def _found(model: LeadModel | None, model_id: ModelId) -> LeadModel:
    if model is None:
        raise NotFound("model", model_id)
    return model
