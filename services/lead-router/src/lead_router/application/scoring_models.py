"""What a serving process scores leads with, brought up to date inside each transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog

from lead_router.application.kept_by_tenant import KeptByTenant
from lead_router.application.model_ports import LIVE, SHADOW, Announcement
from lead_router.application.ports import Work
from lead_router.domain.lead_details import LeadScore, ScoreReason
from scorecard import ArtifactInvalid, Scorecard, decode

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ActiveModel:
    """A model that scores in this process."""

    announcement: Announcement
    card: Scorecard

    def score(self, answers: Mapping[str, str]) -> LeadScore:
        """The score of a lead with everything that moves it."""
        score = self.card.score(answers)
        reasons = tuple(
            ScoreReason(one.field, one.code, one.detail, one.points)
            for one in score.strongest(len(score.contributions))
        )
        return LeadScore(score.probability_ppm, self.announcement.model_id, score.log_odds, self.card.base, reasons)


@dataclass(frozen=True, slots=True)
class ModelBoard:
    """One tenant's models as of a transaction."""

    announced: Mapping[str, Announcement] = field(default_factory=dict)
    """By role, what was last looked at."""
    models: Mapping[str, ActiveModel] = field(default_factory=dict)
    """By role, those that score."""

    def score(self, answers: Mapping[str, str]) -> LeadScore | None:
        """By the live model; None without one."""
        return self._by(LIVE, answers)

    def shadow_score(self, answers: Mapping[str, str]) -> LeadScore | None:
        """By the model in the shadow, without its reasons; None without one."""
        found = self._by(SHADOW, answers)
        return LeadScore(found.win_probability_ppm, found.model, found.log_odds) if found else None

    def _by(self, role: str, answers: Mapping[str, str]) -> LeadScore | None:
        model = self.models.get(role)
        return model.score(answers) if model else None


class ScoringModels:
    """Models of all tenants that this process serves. A model is read and verified once, when it becomes active."""

    def __init__(self) -> None:
        self._boards = KeptByTenant[ModelBoard]()

    async def refreshed(self, work: Work) -> ModelBoard:
        """The tenant's models as of this transaction."""
        known = self._boards.get(work.tenant_id, ModelBoard())
        active = {one.role: one for one in await work.lead_models.active() if not one.is_stopped}
        if active == known.announced:
            return known
        loaded = {role: await self._loaded(work, known, one) for role, one in active.items()}
        models = {role: model for role, model in loaded.items() if model is not None}
        return self._boards.keep(work.tenant_id, ModelBoard(active, models))

    async def _loaded(self, work: Work, known: ModelBoard, announcement: Announcement) -> ActiveModel | None:
        """The model; None where its stored bytes are damaged: leads go on without a score rather than not at all."""
        for model in known.models.values():
            if model.announcement.sha256 == announcement.sha256:
                return ActiveModel(announcement, model.card)
        content = await work.lead_models.content(announcement)
        try:
            return ActiveModel(announcement, decode(content, sha256=announcement.sha256).card)
        except ArtifactInvalid as fault:
            log.error("model.damaged", model_id=announcement.model_id, fault=str(fault))
            return None
