"""Publish and read stage models; find the one that an opportunity follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chassis import context
from chassis.errors import NotFound, Stale
from chassis.ids import new_id
from chassis.pages import Cursor
from pipeline.application.opportunity_ports import PublishedStageModel
from pipeline.application.ports import UnitOfWork, Work
from pipeline.domain.default_stage_model import DEFAULT_STAGE_MODEL
from pipeline.domain.ids import StageModelId
from pipeline.domain.stage_model import StageModel
from pipeline.domain.stage_model_document import dump, parse

_BUILT_IN = PublishedStageModel(
    DEFAULT_STAGE_MODEL.id, "", DEFAULT_STAGE_MODEL.version, dump(DEFAULT_STAGE_MODEL), None, "service:pipeline", ""
)


@dataclass(frozen=True, slots=True)
class PublishStageModel:
    """A document for a product line, and the version of the line's own model that the caller saw."""

    product_line: str
    document: Mapping[str, Any]
    version: int
    note: str


@dataclass(frozen=True, slots=True)
class StageModelDesk:
    """Publishes and shows stage models."""

    unit_of_work: UnitOfWork

    async def publish(self, command: PublishStageModel) -> PublishedStageModel:
        """Makes the document the model that new opportunities of the product line follow.

        Raises:
            StageModelInvalid: names every fault.
            Stale: another version was published since the caller looked.
        """
        line, model_id = command.product_line.strip(), StageModelId(new_id())
        model = parse(command.document, model_id=model_id, product_line=line, version=command.version + 1)
        async with self.unit_of_work.begin() as work:
            await work.stage_models.hold(line)
            newest = await work.stage_models.newest(line)
            current = newest.version if newest else 0
            if current != command.version:
                raise Stale("stage model", line or "general", current)
            actor = context.current().principal.actor
            published = PublishedStageModel(model_id, line, model.version, dump(model), work.now, actor, command.note)
            await work.stage_models.add(published)
            work.audit.record(
                action="stage_model.publish",
                resource=f"stage-models/{model_id}",
                before={"product_line": line, "version": current},
                after={"product_line": line, "version": model.version, "note": command.note},
            )
            return await work.answer(published)

    async def active(self, product_line: str) -> PublishedStageModel:
        """What new opportunities of the product line follow: its own model, the general one, or the built-in one."""
        async with self.unit_of_work.begin() as work:
            return await active_model(work, product_line)

    async def get(self, model_id: StageModelId) -> PublishedStageModel:
        """One version.

        Raises:
            NotFound: there is none of this id.
        """
        if model_id == _BUILT_IN.id:
            return _BUILT_IN
        async with self.unit_of_work.begin() as work:
            published = await work.stage_models.get(model_id)
        if published is None:
            raise NotFound("stage model", model_id)
        return published

    async def page(self, product_line: str | None, after: Cursor | None, size: int) -> Sequence[PublishedStageModel]:
        """Published versions of a product line, or of all, newest first."""
        async with self.unit_of_work.begin() as work:
            return await work.stage_models.page(product_line, after, size)


async def active_model(work: Work, product_line: str) -> PublishedStageModel:
    """The line's own model, else the tenant's general one, else the built-in one."""
    line = product_line.strip()
    own = await work.stage_models.newest(line)
    general = await work.stage_models.newest("") if own is None and line else None
    return own or general or _BUILT_IN


def as_model(published: PublishedStageModel) -> StageModel:
    """The published document as the domain reads it."""
    if published.id == DEFAULT_STAGE_MODEL.id:
        return DEFAULT_STAGE_MODEL
    return parse(
        published.document, model_id=published.id, product_line=published.product_line, version=published.version
    )
