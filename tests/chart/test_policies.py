"""Every rule on every example."""

from __future__ import annotations

import pytest

from . import network_policies  # noqa: F401 - adds its rules
from .policies import RULES
from .rendering import EXAMPLES, rendered


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("rule", RULES)
def test_example_keeps_the_rule(name: str, rule: str) -> None:
    faults = list(RULES[rule](rendered(name)))

    assert not faults
