"""The twins keep the promises of the repositories."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext

import pytest

from ..in_memory_opportunities import InMemoryOpportunities, InMemoryStageModels, InMemoryStageMoves
from ..opportunity_contract import OpportunityContract, OpportunityRepositories


class TestInMemoryOpportunities(OpportunityContract):
    @pytest.fixture
    def repositories(self) -> AbstractAsyncContextManager[OpportunityRepositories]:
        return nullcontext(
            OpportunityRepositories(InMemoryStageModels(), InMemoryOpportunities(), InMemoryStageMoves())
        )
