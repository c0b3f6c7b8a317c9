"""Loads the fixtures of tests/support for every member's tests; `support.plugin` lists them."""

import re

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["support.plugin"]

# Machines that run tests are busy: how long an example takes says nothing about the code. Half of the usual hundred
# examples are drawn by chance in each run; what they once found stands as an explicit example.
settings.register_profile("untimed", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

_MADE_ANEW = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b1[0-9]{9}\b|-----BEGIN |\btlk_[A-Za-z0-9_-]{22}"
)


@pytest.hookimpl(tryfirst=True)
def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Names a case by its argument where its value is made anew in every process: the workers must agree on names."""
    text = val.decode("ascii", "replace") if isinstance(val, bytes) else val
    return argname if isinstance(text, str) and _MADE_ANEW.search(text) else None
