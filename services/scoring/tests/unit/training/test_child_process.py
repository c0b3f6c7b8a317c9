"""A training whose child goes wrong fails by itself, and nothing else with it."""

from __future__ import annotations

import sys

import pytest
import uvloop

from scoring.adapters.training.child_process import ChildProcessTrainer
from scoring.domain.model_training import FAULT, TrainingOrder


@pytest.mark.parametrize(
    "does",
    ["raise SystemExit(3)", "import sys; sys.stdin.close(); raise SystemExit(3)", "input(); raise SystemExit(3)"],
    ids=["reads nothing", "closes its side", "breaks after reading"],
)
def test_a_child_that_ends_without_an_answer_is_a_fault_with_its_status(does: str) -> None:
    train = ChildProcessTrainer((sys.executable, "-c", does))

    outcome = uvloop.run(train(TrainingOrder(), [], None))

    assert (outcome.failure, outcome.figures) == (FAULT, {"exit_status": 3})
