"""Facts about models as messages, all of a tenant under one key, so that they arrive in order."""

from datetime import datetime

from chassis.ids import TenantId
from chassis.outbox import Outbox
from chassis.proto_values import timestamp_of
from scoring.domain.ids import ModelId
from scoring.domain.lead_model import LeadModel
from throughline.scoring.v1 import events_pb2 as pb

LEAD_MODEL = "lead_model"
_MOST_VECTORS = 16
"""That an event carries: Kafka takes a megabyte. The bytes hold all of them."""


class LeadModelOutbox:
    """Appends the facts of models to the outbox."""

    def __init__(self, outbox: Outbox, tenant_id: TenantId) -> None:
        self._outbox = outbox
        self._tenant_id = tenant_id

    def published(
        self, model: LeadModel, sequence: int, replaced: ModelId | None, *, is_rollback: bool, at: datetime
    ) -> None:
        """The model scores from now on.

        Raises:
            ArtifactInvalid: its bytes are damaged; better it is not published.
        """
        artifact = model.artifact
        message = pb.LeadModelPublished(
            model_id=model.id,
            sequence=sequence,
            number=model.number,
            sha256=model.sha256,
            fields=[field.name for field in artifact.card.fields],
            replaced_model_id=replaced or "",
            is_rollback=is_rollback,
            published_at=timestamp_of(at),
        )
        for one in artifact.golden[:_MOST_VECTORS]:
            message.golden_vectors.add(fields=one.lead, log_odds=one.log_odds, probability_ppm=one.probability_ppm)
        self._append(message, sequence)

    def shadowed(self, model: LeadModel, sequence: int, *, is_stopped: bool) -> None:
        """The model scores in the shadow from now on, or no longer does."""
        message = pb.LeadModelShadowed(
            model_id=model.id,
            sequence=sequence,
            number=model.number,
            sha256=model.sha256,
            is_stopped=is_stopped,
        )
        self._append(message, sequence)

    def _append(self, message: pb.LeadModelPublished | pb.LeadModelShadowed, sequence: int) -> None:
        self._outbox.append(aggregate=LEAD_MODEL, aggregate_id=self._tenant_id, version=sequence, message=message)
