"""The composition root: adapters into use cases, use cases into servicers and consumers."""

from chassis.runtime import Runtime
from chassis.service import Service
from chassis.subscription import Subscription
from chassis.unit_of_work import UnitOfWork
from scoring.adapters.grpc.funnel_servicer import FunnelServicer
from scoring.adapters.kafka.facts import FOLLOW_UP, LEAD, OPPORTUNITY, fact_handlers
from scoring.adapters.postgres.unit_of_work import PostgresWork
from scoring.application.count_funnel import FunnelCounter
from scoring.application.record_fact import RecordFactHandler
from scoring.settings import Settings


async def build(runtime: Runtime[Settings]) -> Service:
    """The parts of scoring."""
    unit_of_work = UnitOfWork(runtime.database, PostgresWork)
    count_funnel = FunnelCounter(unit_of_work, runtime.directory, runtime.authorizer)
    facts = fact_handlers(RecordFactHandler(unit_of_work))
    return Service(
        servicers=[FunnelServicer(count_funnel)],
        subscriptions=[Subscription("scoring.warehouse", aggregates=(LEAD, FOLLOW_UP, OPPORTUNITY), handlers=facts)],
    )
