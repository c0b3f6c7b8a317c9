"""Models and trainings: which moves their states allow."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scorecard import Scorecard, digest, encode
from scoring.domain.errors import ModelNotCompared, ModelStateForbids, ModelWorse
from scoring.domain.ids import ModelId, TrainingId
from scoring.domain.lead_model import LeadModel, ModelState
from scoring.domain.model_training import INTERRUPTED, ModelTraining, TrainingOrder, TrainingState

NOW = datetime(2026, 3, 2, tzinfo=UTC)
CARD = encode(Scorecard(-1_000_000, []))


def a_model(model_id: str = "new", *, log_loss: float = 0.4, compared: str = "", live_loss: float = 0.5) -> LeadModel:
    report = {"log_loss": log_loss, "compared_model_id": compared, "compared_log_loss": live_loss}
    return LeadModel(
        id=ModelId(model_id),
        number=1,
        trained_at=NOW,
        training_id=TrainingId("t"),
        sha256=digest(CARD),
        content=CARD,
        report=report,
    )


def a_training() -> ModelTraining:
    return ModelTraining(id=TrainingId("t"), order=TrainingOrder(), ordered_at=NOW, ordered_by="person:p")


def test_the_first_model_needs_no_comparison() -> None:
    a_model().require_not_worse(None)


@pytest.mark.parametrize("log_loss", [0.3, 0.5])
def test_a_model_as_good_as_the_live_one_may_follow_it(log_loss: float) -> None:
    a_model(log_loss=log_loss, compared="live").require_not_worse(a_model("live"))


def test_a_worse_model_is_named_with_both_figures() -> None:
    with pytest.raises(ModelWorse) as refusal:
        a_model(log_loss=0.6, compared="live").require_not_worse(a_model("live"))

    assert (refusal.value.metadata["log_loss"], refusal.value.metadata["live_log_loss"]) == ("0.6000", "0.5000")


def test_a_comparison_with_another_model_does_not_count() -> None:
    with pytest.raises(ModelNotCompared):
        a_model(compared="older").require_not_worse(a_model("live"))


def test_a_live_model_is_neither_published_again_nor_put_into_the_shadow() -> None:
    model = a_model()
    model.publish(at=NOW, by="person:p")

    with pytest.raises(ModelStateForbids):
        model.publish(at=NOW, by="person:p")
    with pytest.raises(ModelStateForbids):
        model.shadow()
    with pytest.raises(ModelStateForbids):
        model.leave_shadow()


def test_a_model_leaves_the_shadow_as_what_it_was() -> None:
    fresh, retired = a_model(), a_model()
    retired.publish(at=NOW, by="person:p")
    retired.retire()

    for model in (fresh, retired):
        model.shadow()
        model.leave_shadow()

    assert (fresh.state, retired.state) == (ModelState.CANDIDATE, ModelState.RETIRED)


def test_a_training_that_is_stopped_three_times_fails() -> None:
    training = a_training()

    assert [training.begin(at=NOW) for _ in range(4)] == [True, True, True, False]
    assert (training.state, training.failure) == (TrainingState.FAILED, INTERRUPTED)


def test_a_run_that_was_begun_again_meanwhile_is_not_the_same() -> None:
    earlier, later = a_training(), a_training()
    earlier.begin(at=NOW)
    for _ in range(2):
        later.begin(at=NOW)

    assert later.is_same_run(later)
    assert not later.is_same_run(earlier)
