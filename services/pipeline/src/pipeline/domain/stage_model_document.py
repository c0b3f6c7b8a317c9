"""A stage model as a plain document and back, with every fault named at once."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from chassis.document_fields import FAULTY, Section
from chassis.errors import Violation
from pipeline.domain.errors import StageModelInvalid
from pipeline.domain.ids import StageModelId
from pipeline.domain.stage_model import ChecklistItem, ItemKind, StageModel

_MODEL = Section(StageModel)


def parse(document: Mapping[str, Any], *, model_id: StageModelId, product_line: str, version: int) -> StageModel:
    """The model of a document; fields left out have their defaults, and unknown ones are faults.

    Raises:
        StageModelInvalid: names every fault by its path in the document; contradictions between parts once all parts
            can be read, because a part that cannot would make others seem to be wrong.
    """
    faults: list[Violation] = []
    values = _MODEL.read_fields(document, "", faults)
    if values is not FAULTY:
        model = StageModel(id=model_id, product_line=product_line, version=version, **values)
        faults = faults or list(_contradictions(model))
        if not faults:
            return model
    raise StageModelInvalid(model_id, faults)


def dump(model: StageModel) -> dict[str, Any]:
    """The whole document, defaults written out; `parse` takes it back."""
    document = _MODEL.write(model)
    if not isinstance(document, dict):
        raise TypeError("a section writes an object")
    return document


def _contradictions(model: StageModel) -> Iterator[Violation]:
    if len(model.stages) < 2:
        yield Violation("stages", "length", "must have at least 2 stages")
    yield from _repeated("stages", model.codes)
    yield from _repeated("phases", [phase.code for phase in model.phases])
    if model.won_from not in model.codes:
        yield Violation("won_from", "unknown", f"there is no stage {model.won_from}")
    yield from _phase_faults(model)
    yield from _repeated("stages", [item.code for stage in model.stages for item in stage.items], what="item ")
    for at, stage in enumerate(model.stages):
        for gate, items in (("entry_gate", stage.entry_gate), ("exit_gate", stage.exit_gate)):
            for place, item in enumerate(items):
                yield from _item_faults(f"stages[{at}].{gate}[{place}]", item)


def _phase_faults(model: StageModel) -> Iterator[Violation]:
    known = {phase.code for phase in model.phases}
    for at, stage in enumerate(model.stages):
        if stage.phase and stage.phase not in known:
            yield Violation(f"stages[{at}].phase", "unknown", f"there is no phase {stage.phase}")
    runs = Counter(phase for phase, _ in groupby(model.stages, key=lambda stage: stage.phase) if phase)
    for at, phase in enumerate(model.phases):
        if runs[phase.code] == 0:
            yield Violation(f"phases[{at}]", "unused", f"no stage refines {phase.code}")
        if runs[phase.code] > 1:
            yield Violation(f"phases[{at}]", "order", f"the stages of {phase.code} must stand together")


def _item_faults(path: str, item: ChecklistItem) -> Iterator[Violation]:
    for kind, name, value in ((ItemKind.FIELD, "field", item.field), (ItemKind.DOCUMENT, "document", item.document)):
        if item.kind == kind and not value:
            yield Violation(f"{path}.{name}", "required", f"must be there for an item of kind {kind}")
        if item.kind != kind and value:
            yield Violation(f"{path}.{name}", "unexpected", f"is only for items of kind {kind}")


def _repeated(path: str, codes: Sequence[str], *, what: str = "") -> Iterator[Violation]:
    for code, count in Counter(codes).items():
        if count > 1:
            yield Violation(path, "repeated", f"{what}{code} is there {count} times")
