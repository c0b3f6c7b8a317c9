import pytest

from scoring.application.ports import UnitOfWork

from ..in_memory import InMemoryUnitOfWork
from ..lead_funnels_contract import MUCH_LATER, LeadFunnelsContract


class TestInMemoryLeadFunnels(LeadFunnelsContract):
    @pytest.fixture
    def unit_of_work(self) -> UnitOfWork:
        return InMemoryUnitOfWork(MUCH_LATER)
