"""A stage model is a document that says everything about the stages, or is refused with all that is wrong with it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.default_stage_model import DEFAULT_STAGE_MODEL
from pipeline.domain.errors import StageModelInvalid
from pipeline.domain.ids import StageModelId
from pipeline.domain.stage_model_document import dump, parse

from ..builders import a_document, a_model, a_stage, an_item

MODEL_ID = StageModelId("0190f3c4-0000-7000-8000-0000000000aa")


def faults_of(document: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(StageModelInvalid) as refused:
        parse(document, model_id=MODEL_ID, product_line="", version=1)
    return {fault.field: fault.reason for fault in refused.value.violations}


def test_built_in_model_refines_five_phases_to_eight_stages_in_order() -> None:
    names = [stage.name_zh for stage in DEFAULT_STAGE_MODEL.stages]

    assert names == [
        "初步接触", "需求确认", "方案演示", "技术方案确认", "商务条款磋商", "法务审核", "合同签署", "交付启动",
    ]  # fmt: skip
    assert len(DEFAULT_STAGE_MODEL.phases) == 5
    negotiation = [stage.name_zh for stage in DEFAULT_STAGE_MODEL.stages if stage.phase == "negotiation"]
    assert negotiation == ["技术方案确认", "商务条款磋商", "法务审核"]


def test_every_stage_of_the_built_in_model_has_a_checklist_of_its_own() -> None:
    assert all(stage.items for stage in DEFAULT_STAGE_MODEL.stages)


def test_document_is_taken_back_as_it_was_written() -> None:
    model = a_model()

    document = dump(model)

    assert parse(document, model_id=model.id, product_line="imaging", version=1) == model
    assert document["stages"][0]["entry_gate"] == []


def test_faults_of_all_parts_are_named_at_once() -> None:
    faulty = a_document(a_stage("Talk!", win_probability_pct=101), a_stage("show", surprise=1), won_from="")

    assert faults_of(faulty) == {
        "won_from": "pattern",
        "stages[0].code": "pattern",
        "stages[0].win_probability_pct": "range",
        "stages[1].surprise": "unknown",
    }


def test_contradictions_between_parts_are_named_at_once() -> None:
    phases = [a_stage("early"), a_stage("late"), a_stage("unused")]
    contradictory = a_document(
        a_stage("a", phase="early", exit_gate=[an_item("twice"), an_item("f", "field", field="")]),
        a_stage("b", phase="late", entry_gate=[an_item("d", "document", field="amount")]),
        a_stage("a", phase="early", exit_gate=[an_item("twice")]),
        a_stage("c", phase="nowhere"),
        won_from="z",
        phases=phases,
    )

    assert faults_of(contradictory) == {
        "stages": "repeated",
        "won_from": "unknown",
        "stages[3].phase": "unknown",
        "phases[0]": "order",
        "phases[2]": "unused",
        "stages[0].exit_gate[1].field": "required",
        "stages[1].entry_gate[0].field": "unexpected",
    }


def test_one_stage_is_no_way() -> None:
    assert faults_of(a_document(a_stage("only"), won_from="only")) == {"stages": "length"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 200) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["code", "kind", "stages"]), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(["name_zh", "name_en", "won_from", "stages", "phases", "x"]), JSON))
def test_whatever_comes_is_refused_with_faults_and_never_breaks(document: dict[str, Any]) -> None:
    assert faults_of(document)
