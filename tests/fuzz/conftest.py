"""One suite with one company for everything that is sent to it here, taken down with the last test here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from embedded.suite import Suite
from support.shared import SharedFolder

from .company import Company, found

_PLENTY = "1000000"
_NO_RATE_LIMITS = {
    f"GATEWAY_{whose}RATE_{measure}": _PLENTY
    for whose in ("", "TENANT_", "ANONYMOUS_")
    for measure in ("PER_S", "BURST")
}
"""Refusals for being too many would hide what else is wrong; other tests are about them."""


@pytest.fixture(scope="package")
def fuzzed_suite(shared_folder: SharedFolder) -> Iterator[Suite]:
    """The five services in the embedded profile, for the one worker that runs these tests."""
    from support import suite as suites  # noqa: PLC0415 (slow to import, and most runs need it for nothing else)

    with suites.embedded(shared_folder, "fuzzed", settings=_NO_RATE_LIMITS) as suite:
        yield suite


@pytest.fixture(scope="package")
def company(fuzzed_suite: Suite) -> Company:
    """A tenant of it."""
    return found(fuzzed_suite)
