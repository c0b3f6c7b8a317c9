"""Lead models in PostgreSQL."""

from collections.abc import Sequence

from sqlalchemy import Select, func, insert, select, text, update

from chassis.database import SqlRow, Transaction
from chassis.pages import Cursor
from scoring.adapters.postgres.model_tables import lead_model as table
from scoring.adapters.postgres.model_tables import model_promotion as promotions
from scoring.application.model_ports import Promotion
from scoring.domain.ids import ModelId, TrainingId
from scoring.domain.lead_model import LeadModel, ModelState

_HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended('lead_model' || CAST(:tenant AS text), 0))")
_USES = ("state", "published_at", "published_by", "force_reason")


class PostgresLeadModels:
    """The models of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def hold(self) -> None:
        """Lets nobody else add or promote models until the transaction ends."""
        await self._connection.execute(_HOLD, {"tenant": self._tenant_id})

    async def next_number(self) -> int:
        """Number of the next model."""
        return int(await self._connection.scalar(select(func.max(table.c.number))) or 0) + 1

    async def add(self, model: LeadModel) -> None:
        """Keeps a new one."""
        row = {
            "tenant_id": self._tenant_id,
            "id": model.id,
            "number": model.number,
            "trained_at": model.trained_at,
            "training_id": model.training_id,
            "sha256": model.sha256,
            "artifact": model.content,
            "report": dict(model.report),
            "chart": model.chart,
            **_uses(model),
        }
        await self._connection.execute(insert(table), row)

    async def save(self, *models: LeadModel) -> None:
        """Writes the uses of models, in the order given: a use must be free before another model takes it."""
        for model in models:
            await self._connection.execute(update(table).where(table.c.id == model.id).values(_uses(model)))

    async def get(self, model_id: ModelId) -> LeadModel | None:
        """One, or None."""
        return await self._one(select(table).where(table.c.id == model_id))

    async def live(self) -> LeadModel | None:
        """The one that scores, or None."""
        return await self._one(select(table).where(table.c.state == ModelState.LIVE.value))

    async def in_shadow(self) -> LeadModel | None:
        """The one in the shadow, or None."""
        return await self._one(select(table).where(table.c.state == ModelState.SHADOW.value))

    async def before_live(self) -> LeadModel | None:
        """The one that the live one replaced when it was published, or None.

        A model that was rolled back to replaced nothing that anybody would want back: what counts is its publication.
        """
        live = select(table.c.id).where(table.c.state == ModelState.LIVE.value).scalar_subquery()
        last = (
            select(promotions.c.replaced_model_id)
            .where(promotions.c.kind == "publish", promotions.c.model_id == live)
            .order_by(promotions.c.sequence.desc())
            .limit(1)
            .scalar_subquery()
        )
        return await self._one(select(table).where(table.c.id == last))

    async def page(self, after: Cursor | None, size: int) -> Sequence[LeadModel]:
        """Models, newest first, after the cursor, at most `size`."""
        query = select(table)
        if after:
            query = query.where(table.c.id < after.id)
        rows = await self._connection.execute(query.order_by(table.c.id.desc()).limit(size))
        return [_model(row) for row in rows]

    async def promote(self, promotion: Promotion) -> int:
        """Records what became of a model; returns its number in the tenant's sequence. To be called while held."""
        sequence = int(
            await self._connection.scalar(select(func.coalesce(func.max(promotions.c.sequence), 0) + 1)) or 1
        )
        row = {
            "tenant_id": self._tenant_id,
            "sequence": sequence,
            "kind": promotion.kind,
            "model_id": promotion.model_id,
            "replaced_model_id": promotion.replaced_model_id,
            "promoted_at": promotion.at,
            "promoted_by": promotion.by,
            "reason": promotion.reason,
        }
        await self._connection.execute(insert(promotions), row)
        return sequence

    async def last_promotion(self, model_id: ModelId, kinds: Sequence[str]) -> SqlRow:
        """The row of `model_promotion` that last put a model to a use; there is one for every model in use."""
        query = (
            select(promotions)
            .where(promotions.c.model_id == model_id, promotions.c.kind.in_(kinds))
            .order_by(promotions.c.sequence.desc())
            .limit(1)
        )
        return (await self._connection.execute(query)).one()

    async def _one(self, query: Select[*tuple[object, ...]]) -> LeadModel | None:
        row = (await self._connection.execute(query)).one_or_none()
        return _model(row) if row else None


def _uses(model: LeadModel) -> dict[str, object]:
    return {name: getattr(model, name) for name in _USES} | {"state": model.state.value}


def _model(row: SqlRow) -> LeadModel:
    return LeadModel(
        id=ModelId(row.id),
        number=row.number,
        trained_at=row.trained_at,
        training_id=TrainingId(row.training_id),
        sha256=row.sha256,
        content=bytes(row.artifact),
        report=row.report,
        chart=bytes(row.chart),
        state=ModelState(row.state),
        published_at=row.published_at,
        published_by=row.published_by,
        force_reason=row.force_reason,
    )
