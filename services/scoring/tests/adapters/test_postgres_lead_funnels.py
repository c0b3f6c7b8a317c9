import pytest

from chassis.database import Database
from scoring.application.ports import UnitOfWork

from ..lead_funnels_contract import LeadFunnelsContract
from .conftest import TenantWork


class TestPostgresLeadFunnels(LeadFunnelsContract):
    @pytest.fixture
    def unit_of_work(self, database: Database) -> UnitOfWork:
        return TenantWork(database)
