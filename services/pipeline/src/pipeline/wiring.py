"""The composition root: adapters into use cases, use cases into servicers and consumers."""

from chassis.runtime import Runtime
from chassis.service import Service
from chassis.subscription import Subscription
from chassis.unit_of_work import UnitOfWork
from pipeline.adapters.company import DirectoryCompany
from pipeline.adapters.grpc.activity_servicer import ActivityServicer
from pipeline.adapters.grpc.leads import GrpcLeads
from pipeline.adapters.grpc.opportunity_servicer import OpportunityServicer, OpportunityUseCases
from pipeline.adapters.grpc.stage_model_servicer import StageModelServicer
from pipeline.adapters.kafka.customer_facts import customer_fact_handlers
from pipeline.adapters.kafka.events import FOLLOW_UP
from pipeline.adapters.kafka.lead_facts import lead_fact_handlers
from pipeline.adapters.kafka.opportunity_events import OPPORTUNITY
from pipeline.adapters.kafka.snapshots import snapshot_opportunities
from pipeline.adapters.postgres.unit_of_work import PostgresWork
from pipeline.application.create_opportunity import CreateOpportunityHandler
from pipeline.application.find_follow_ups import FollowUpFinder
from pipeline.application.find_opportunities import OpportunityFinder
from pipeline.application.fulfil_items import ChecklistDesk
from pipeline.application.move_opportunity import MoveDesk
from pipeline.application.note_customer import NoteCustomerHandler
from pipeline.application.note_lead import NoteLeadHandler
from pipeline.application.record_follow_up import RecordFollowUpHandler
from pipeline.application.stage_models import StageModelDesk
from pipeline.application.update_opportunity import UpdateOpportunityHandler
from pipeline.settings import Settings


async def build(runtime: Runtime[Settings]) -> Service:
    """The pipeline's parts."""
    unit_of_work = UnitOfWork(runtime.database, PostgresWork)
    leads, company, authorizer = GrpcLeads(runtime.channels), DirectoryCompany(runtime.directory), runtime.authorizer
    record_follow_up = RecordFollowUpHandler(unit_of_work, leads, authorizer)
    opportunities = OpportunityUseCases(
        create=CreateOpportunityHandler(unit_of_work, leads, company, authorizer),
        update=UpdateOpportunityHandler(unit_of_work, company, authorizer),
        checklists=ChecklistDesk(unit_of_work, authorizer),
        moves=MoveDesk(unit_of_work, authorizer),
        find=OpportunityFinder(unit_of_work, authorizer),
    )
    lead_facts = lead_fact_handlers(NoteLeadHandler(unit_of_work))
    customer_facts = customer_fact_handlers(NoteCustomerHandler(unit_of_work))
    return Service(
        servicers=[
            ActivityServicer(record_follow_up, FollowUpFinder(unit_of_work, authorizer)),
            StageModelServicer(StageModelDesk(unit_of_work)),
            OpportunityServicer(opportunities, company),
        ],
        aggregates=[FOLLOW_UP, OPPORTUNITY],
        subscriptions=[
            Subscription("pipeline.lead-facts", aggregates=("lead",), handlers=lead_facts),
            Subscription("pipeline.customer-facts", aggregates=("customer",), handlers=customer_facts),
        ],
        snapshots={OPPORTUNITY: snapshot_opportunities},
    )
