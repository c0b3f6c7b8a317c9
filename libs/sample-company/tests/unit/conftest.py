from __future__ import annotations

from datetime import date

import pytest

from sample_company import SampleCompany, generate

START = date(2026, 3, 2)


@pytest.fixture(scope="session")
def company() -> SampleCompany:
    """The company as it ships; frozen, so tests may share it."""
    return generate(start=START)
