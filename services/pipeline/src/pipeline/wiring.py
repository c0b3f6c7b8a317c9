"""The composition root: adapters into use cases, use cases into servicers and consumers."""

from chassis.durable_processes import ProcessKind
from chassis.files.checks import FileKeeper
from chassis.files.downloads import DownloadDesk
from chassis.files.inspector import Inspector
from chassis.files.object_store import ObjectStore
from chassis.files.tickets import Tickets
from chassis.files.uploads import SettingsDesk, UploadDesk
from chassis.process_runner import ProcessRunner
from chassis.runtime import Runtime
from chassis.service import Service
from chassis.subscription import Subscription
from chassis.unit_of_work import UnitOfWork
from pipeline.adapters.company import DirectoryCompany
from pipeline.adapters.grpc.activity_servicer import ActivityServicer
from pipeline.adapters.grpc.conversion_servicer import ConversionServicer
from pipeline.adapters.grpc.customer_master import GrpcCustomerMaster
from pipeline.adapters.grpc.file_servicer import FileServicer, FileUseCases
from pipeline.adapters.grpc.first_contact_servicer import FirstContactServicer
from pipeline.adapters.grpc.follow_up_standard_servicer import FollowUpStandardServicer
from pipeline.adapters.grpc.lead_dossiers import GrpcLeadDossiers
from pipeline.adapters.grpc.leads import GrpcLeads
from pipeline.adapters.grpc.opportunity_servicer import OpportunityServicer, OpportunityUseCases
from pipeline.adapters.grpc.stage_model_servicer import StageModelServicer
from pipeline.adapters.kafka.customer_facts import customer_fact_handlers
from pipeline.adapters.kafka.events import FOLLOW_UP
from pipeline.adapters.kafka.file_events import FILE
from pipeline.adapters.kafka.first_contact_events import FIRST_CONTACT_SUMMARY
from pipeline.adapters.kafka.lead_facts import lead_fact_handlers
from pipeline.adapters.kafka.opportunity_events import OPPORTUNITY
from pipeline.adapters.kafka.snapshots import snapshot_opportunities
from pipeline.adapters.postgres.record_sets import CUSTOMER_FACTS, LEAD_FACTS, RECORD_SETS
from pipeline.adapters.postgres.unit_of_work import PostgresWork
from pipeline.adapters.timers.summary_due import summary_due
from pipeline.application.carry_conversion_on import ConversionCarrier
from pipeline.application.conversion_ports import CONVERSION
from pipeline.application.convert_lead import ConvertLeadHandler
from pipeline.application.create_opportunity import CreateOpportunityHandler
from pipeline.application.find_conversions import ConversionFinder
from pipeline.application.find_follow_ups import FollowUpFinder
from pipeline.application.find_opportunities import OpportunityFinder
from pipeline.application.first_contacts import FirstContactDesk
from pipeline.application.follow_up_standards import FollowUpStandardDesk
from pipeline.application.fulfil_items import ChecklistDesk
from pipeline.application.move_opportunity import MoveDesk
from pipeline.application.note_customer import NoteCustomerHandler
from pipeline.application.note_customer_type import NoteCustomerTypeHandler
from pipeline.application.note_lead import NoteLeadHandler
from pipeline.application.record_follow_up import RecordFollowUpHandler
from pipeline.application.referrers import PipelineReferrers
from pipeline.application.stage_models import StageModelDesk
from pipeline.application.undo_conversion import UndoConversionHandler
from pipeline.application.update_opportunity import UpdateOpportunityHandler
from pipeline.settings import Settings


async def build(runtime: Runtime[Settings]) -> Service:
    """The pipeline's parts."""
    unit_of_work = UnitOfWork(runtime.database, PostgresWork)
    leads, company, authorizer = GrpcLeads(runtime.channels), DirectoryCompany(runtime.directory), runtime.authorizer
    dossiers, customers = GrpcLeadDossiers(runtime.channels), GrpcCustomerMaster(runtime.channels)
    referrers = PipelineReferrers()
    record_follow_up = RecordFollowUpHandler(unit_of_work, leads, authorizer, referrers)
    opportunities = OpportunityUseCases(
        create=CreateOpportunityHandler(unit_of_work, leads, customers, company, authorizer),
        update=UpdateOpportunityHandler(unit_of_work, company, authorizer),
        checklists=ChecklistDesk(unit_of_work, authorizer, referrers),
        moves=MoveDesk(unit_of_work, authorizer),
        find=OpportunityFinder(unit_of_work, authorizer),
    )
    carrier = ConversionCarrier(unit_of_work, dossiers, customers)
    processes = ProcessRunner(runtime.database, {CONVERSION: ProcessKind(CONVERSION, carrier)})
    conversions = ConversionServicer(
        ConvertLeadHandler(unit_of_work, dossiers, customers, company, authorizer),
        UndoConversionHandler(unit_of_work, customers, authorizer),
        ConversionFinder(unit_of_work, authorizer),
        processes=processes,
        company=company,
    )
    first_contacts = FirstContactDesk(unit_of_work, leads, authorizer)
    settings, service = runtime.settings, runtime.settings.service
    store = ObjectStore.open(settings.objects_url, settings.objects_options)
    tickets = Tickets(service, settings.file_ticket_keys)
    files = FileUseCases(
        UploadDesk(unit_of_work, authorizer, tickets, service),
        DownloadDesk(unit_of_work, authorizer, referrers, tickets, service),
        SettingsDesk(unit_of_work),
    )
    keeper = FileKeeper(unit_of_work, runtime.database, store, Inspector(store, service), service)
    note_type = NoteCustomerTypeHandler(unit_of_work)
    lead_facts = lead_fact_handlers(NoteLeadHandler(unit_of_work), note_type)
    customer_facts = customer_fact_handlers(NoteCustomerHandler(unit_of_work), note_type)
    return Service(
        servicers=[
            ActivityServicer(record_follow_up, FollowUpFinder(unit_of_work, authorizer)),
            StageModelServicer(StageModelDesk(unit_of_work)),
            OpportunityServicer(opportunities, company),
            conversions,
            FirstContactServicer(first_contacts),
            FileServicer(files),
            FollowUpStandardServicer(FollowUpStandardDesk(unit_of_work, authorizer)),
        ],
        aggregates=[FOLLOW_UP, OPPORTUNITY, FIRST_CONTACT_SUMMARY, FILE],
        subscriptions=[
            Subscription(LEAD_FACTS, aggregates=("lead",), handlers=lead_facts),
            Subscription(CUSTOMER_FACTS, aggregates=("customer",), handlers=customer_facts),
        ],
        timer_kinds=[summary_due(first_contacts), *keeper.timer_kinds()],
        snapshots={OPPORTUNITY: snapshot_opportunities},
        records=RECORD_SETS,
        processes=processes,
    )
