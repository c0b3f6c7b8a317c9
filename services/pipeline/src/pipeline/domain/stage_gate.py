"""Gates 关卡: what a move from one stage to another asks for, and what of it is missing."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.domain.stage_model import ChecklistItem, ItemKind, StageModel

HasValue = Callable[[str], bool]
"""Whether a field of the opportunity has a value."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What shows that something was done."""

    kind: str
    reference: str = ""
    """Opaque: of a record elsewhere; empty for a file."""
    file_id: str = ""
    """The file; empty where it is elsewhere."""


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """An item that somebody fulfilled."""

    by: str
    """`person:<id>` or `service:<name>`."""
    at: datetime
    evidence: Evidence | None = None
    note: str = ""


def missing(
    items: Iterable[ChecklistItem], fulfilled: Mapping[str, Fulfilment], has_value: HasValue
) -> tuple[ChecklistItem, ...]:
    """The required items that are not fulfilled, in their order."""
    return tuple(item for item in items if item.required and not _is_met(item, fulfilled, has_value))


def items_on_the_way(model: StageModel, left: str, entered: str) -> Sequence[ChecklistItem]:
    """What a move forward asks for: the exit gate left, both gates of what lies between, the entry gate entered."""
    between = [item for stage in model.between(left, entered) for item in stage.items]
    return [*model.stage(left).exit_gate, *between, *model.stage(entered).entry_gate]


def _is_met(item: ChecklistItem, fulfilled: Mapping[str, Fulfilment], has_value: HasValue) -> bool:
    return has_value(item.field) if item.kind == ItemKind.FIELD else item.code in fulfilled
