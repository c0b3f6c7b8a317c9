"""The stages of a sale 销售流程 and the checklists at the gates between them, as one versioned document.

Names of fields are the keys of the document (`stage_model_document.py`). A stage that refines a coarser one names it in
`phase`: 谈判中 became 技术方案确认, 商务条款磋商 and 法务审核, each a sub-stage with checklists of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from chassis.document_fields import Section, choice, flag, list_of, text, whole
from pipeline.domain.ids import StageModelId

_CODE = r"[a-z][a-z0-9_]{0,59}"
_CODE_MEANING = "must be 1 to 60 lower-case letters, digits or _, a letter first"
_NAME = r"(?=.*\S).{1,100}"
_NAME_MEANING = "must be 1 to 100 characters"
_NO_CODE = rf"({_CODE})?"
_FIELD = r"(amount|expected_close_date|lead_id|custom\..{1,100})?"
_FIELD_MEANING = "must be amount, expected_close_date, lead_id or custom.<name>"


class ItemKind(StrEnum):
    """What fulfils an item."""

    TICK = "tick"
    """Somebody marks it as done."""
    FIELD = "field"
    """A field of the opportunity has a value."""
    DOCUMENT = "document"
    """A document of a kind is attached as evidence."""


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One thing that is to be done before a gate opens. Its code is unique within the model."""

    code: str = text(_CODE, _CODE_MEANING)
    name_zh: str = text(_NAME, _NAME_MEANING)
    name_en: str = text(_NAME, _NAME_MEANING)
    kind: str = choice(ItemKind.TICK.value, *(kind.value for kind in ItemKind))
    required: bool = flag(True)
    """One that is not required never keeps a gate shut."""
    field: str = text(_FIELD, _FIELD_MEANING, "")
    """For kind `field`: the one that must have a value."""
    document: str = text(_NO_CODE, _CODE_MEANING, "")
    """For kind `document`: the kind of evidence asked for."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A coarse stage 大阶段 that several stages refine."""

    code: str = text(_CODE, _CODE_MEANING)
    name_zh: str = text(_NAME, _NAME_MEANING)
    name_en: str = text(_NAME, _NAME_MEANING)


_GATE = 30
"""Most items of a gate."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A place in the sale. One comes in through its entry gate and leaves for the next one through its exit gate."""

    code: str = text(_CODE, _CODE_MEANING)
    name_zh: str = text(_NAME, _NAME_MEANING)
    name_en: str = text(_NAME, _NAME_MEANING)
    phase: str = text(_NO_CODE, _CODE_MEANING, "")
    """Code of the coarse stage that it refines; empty where it refines none."""
    win_probability_pct: int = whole(50, 0, 100)
    """Chance of winning from here, as long as no forecast says better."""
    entry_gate: tuple[ChecklistItem, ...] = list_of(Section(ChecklistItem), _GATE)
    exit_gate: tuple[ChecklistItem, ...] = list_of(Section(ChecklistItem), _GATE)

    @property
    def items(self) -> tuple[ChecklistItem, ...]:
        """The items of both gates."""
        return self.entry_gate + self.exit_gate


@dataclass(frozen=True)
class StageModel:
    """The stages in their order. Codes are unique; the first stage is where every opportunity begins."""

    id: StageModelId
    product_line: str
    """Empty for the general one."""
    version: int
    """0 for the built-in one."""
    name_zh: str = text(_NAME, _NAME_MEANING)
    name_en: str = text(_NAME, _NAME_MEANING)
    won_from: str = text(_CODE, _CODE_MEANING)
    """Code of the first stage in which an opportunity can be won."""
    stages: tuple[Stage, ...] = list_of(Section(Stage), 30)
    phases: tuple[Phase, ...] = list_of(Section(Phase), 15)

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Codes of the stages in their order."""
        return tuple(stage.code for stage in self.stages)

    @cached_property
    def items(self) -> dict[str, ChecklistItem]:
        """The items of all gates, by code."""
        return {item.code: item for stage in self.stages for item in stage.items}

    @property
    def first(self) -> Stage:
        """Where every opportunity begins."""
        return self.stages[0]

    def stage(self, code: str) -> Stage:
        """The stage of this code.

        Raises:
            ValueError: there is none.
        """
        return self.stages[self.codes.index(code)]

    def after(self, code: str) -> Stage | None:
        """The next stage; None after the last."""
        place = self.codes.index(code) + 1
        return self.stages[place] if place < len(self.stages) else None

    def is_later(self, code: str, than: str) -> bool:
        """Whether the one stage comes after the other."""
        return self.codes.index(code) > self.codes.index(than)

    def between(self, left: str, entered: str) -> Sequence[Stage]:
        """The stages that a move from the one to the other jumps over; none on the way back."""
        return self.stages[self.codes.index(left) + 1 : self.codes.index(entered)]
