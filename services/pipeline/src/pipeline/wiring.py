"""The composition root: adapters into use cases, use cases into servicers and consumers."""

from chassis.runtime import Runtime
from chassis.service import Service
from chassis.subscription import Subscription
from chassis.unit_of_work import UnitOfWork
from pipeline.adapters.grpc.activity_servicer import ActivityServicer
from pipeline.adapters.grpc.leads import GrpcLeads
from pipeline.adapters.kafka.events import FOLLOW_UP
from pipeline.adapters.kafka.lead_facts import lead_fact_handlers
from pipeline.adapters.postgres.unit_of_work import PostgresWork
from pipeline.application.find_follow_ups import FollowUpFinder
from pipeline.application.note_lead import NoteLeadHandler
from pipeline.application.record_follow_up import RecordFollowUpHandler
from pipeline.settings import Settings


async def build(runtime: Runtime[Settings]) -> Service:
    """The pipeline's parts."""
    unit_of_work = UnitOfWork(runtime.database, PostgresWork)
    record_follow_up = RecordFollowUpHandler(unit_of_work, GrpcLeads(runtime.channels), runtime.authorizer)
    find_follow_ups = FollowUpFinder(unit_of_work, runtime.authorizer)
    lead_facts = lead_fact_handlers(NoteLeadHandler(unit_of_work))
    return Service(
        servicers=[ActivityServicer(record_follow_up, find_follow_ups)],
        aggregates=[FOLLOW_UP],
        subscriptions=[Subscription("pipeline.lead-facts", aggregates=("lead",), handlers=lead_facts)],
    )
