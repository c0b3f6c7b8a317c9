"""Emits which models are used now, for a router that starts without history or knows more than this database."""

from chassis.database import Transaction
from scoring.adapters.kafka.model_events import LeadModelOutbox
from scoring.adapters.postgres.lead_models import PostgresLeadModels


async def snapshot_models(transaction: Transaction, after: str) -> str:
    """Announces the tenant's live model and the one in the shadow again, as they were announced; all at once."""
    if after:
        return ""
    models = PostgresLeadModels(transaction)
    outbox = LeadModelOutbox(transaction.outbox, transaction.tenant_id)
    await models.hold()
    if (live := await models.live()) is not None:
        last = await models.last_promotion(live.id, ("publish", "roll_back"))
        outbox.published(
            live, last.sequence, last.replaced_model_id, is_rollback=last.kind == "roll_back", at=last.promoted_at
        )
    if (shadow := await models.in_shadow()) is not None:
        last = await models.last_promotion(shadow.id, ("shadow",))
        outbox.shadowed(shadow, last.sequence, is_stopped=False)
    return ""
