"""A model that scores leads: from candidate to live, beside the live one in the shadow, and out of use."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from scorecard import Artifact, decode
from scoring.domain.errors import ModelNotCompared, ModelStateForbids, ModelWorse
from scoring.domain.ids import ModelId, TrainingId


class ModelState(StrEnum):
    """What a model is used for. Of the tenant's models at most one is live and at most one is in the shadow."""

    CANDIDATE = "candidate"
    SHADOW = "shadow"
    LIVE = "live"
    RETIRED = "retired"


@dataclass(slots=True, kw_only=True)
class LeadModel:
    """One model."""

    id: ModelId
    number: int
    """Among the tenant's models, from 1."""
    trained_at: datetime
    training_id: TrainingId
    sha256: str
    content: bytes
    """The artifact."""
    report: Mapping[str, Any]
    """How it was judged, in the fields of the contract's `ModelReport`, and the names of the `fields` that it reads."""
    chart: bytes = b""
    """The report as a picture, PNG."""
    state: ModelState = ModelState.CANDIDATE
    published_at: datetime | None = None
    published_by: str = ""
    force_reason: str = ""

    @property
    def artifact(self) -> Artifact:
        """The card, verified.

        Raises:
            ArtifactInvalid: the bytes are not those that were trained.
        """
        return decode(self.content, sha256=self.sha256)

    def require_not_worse(self, live: "LeadModel | None") -> None:
        """Refuses a model that is not known to predict as well as the live one.

        Raises:
            ModelNotCompared: it was compared with another model, or with none.
            ModelWorse: the live one predicted the judged leads better.
        """
        if live is None:
            return
        if self.report["compared_model_id"] != live.id:
            raise ModelNotCompared(self.id, live.id)
        if self.report["log_loss"] > self.report["compared_log_loss"]:
            raise ModelWorse(self.id, self.report["log_loss"], live.id, self.report["compared_log_loss"])

    def publish(self, *, at: datetime, by: str, force_reason: str = "") -> None:
        """Makes it the one that scores.

        Raises:
            ModelStateForbids: it is that already.
        """
        self._require_not(ModelState.LIVE, "publish")
        self.state, self.published_at, self.published_by, self.force_reason = ModelState.LIVE, at, by, force_reason

    def retire(self) -> None:
        """Another one scores instead."""
        self.state = ModelState.RETIRED

    def shadow(self) -> None:
        """Lets it score beside the live one.

        Raises:
            ModelStateForbids: it is live or in the shadow already.
        """
        self._require_not(ModelState.LIVE, "shadow")
        self._require_not(ModelState.SHADOW, "shadow")
        self.state = ModelState.SHADOW

    def leave_shadow(self) -> None:
        """Ends that.

        Raises:
            ModelStateForbids: it is not in the shadow.
        """
        if self.state is not ModelState.SHADOW:
            raise ModelStateForbids(self.id, self.state, "stop")
        self.state = ModelState.RETIRED if self.published_at else ModelState.CANDIDATE

    def _require_not(self, state: ModelState, move: str) -> None:
        if self.state is state:
            raise ModelStateForbids(self.id, self.state, move)
