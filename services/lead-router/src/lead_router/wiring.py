"""The composition root: adapters into use cases, use cases into servicers, consumers and timers."""

from chassis.every_tenant import for_every_tenant
from chassis.runtime import Runtime
from chassis.service import Job, Service
from chassis.subscription import Subscription
from chassis.unit_of_work import UnitOfWork
from lead_router.adapters.batching.lead_batcher import LeadBatcher
from lead_router.adapters.cel.behaviour_conditions import CelBehaviourConditions
from lead_router.adapters.cel.conditions import CelConditions
from lead_router.adapters.company import DirectoryCompany
from lead_router.adapters.grpc.behaviour_servicer import BehaviourServicer
from lead_router.adapters.grpc.duplicate_servicer import DuplicateServicer
from lead_router.adapters.grpc.follow_ups import GrpcFollowUps
from lead_router.adapters.grpc.import_servicer import ImportServicer
from lead_router.adapters.grpc.lead_care_servicer import LeadCareServicer
from lead_router.adapters.grpc.lead_servicer import LeadServicer
from lead_router.adapters.grpc.lead_view import LeadView
from lead_router.adapters.grpc.model_source import GrpcModelSource
from lead_router.adapters.grpc.offer_servicer import OfferServicer
from lead_router.adapters.grpc.policy_servicer import PolicyServicer
from lead_router.adapters.grpc.pool_servicer import PoolServicer
from lead_router.adapters.grpc.raw_lead_servicer import RawLeadServicer
from lead_router.adapters.grpc.rep_servicer import RepServicer
from lead_router.adapters.grpc.signal_servicer import SignalServicer
from lead_router.adapters.kafka.duplicate_events import LEAD_DUPLICATE
from lead_router.adapters.kafka.duplicate_facts import duplicate_handlers
from lead_router.adapters.kafka.events import LEAD
from lead_router.adapters.kafka.follow_up_facts import follow_up_handlers
from lead_router.adapters.kafka.lead_facts import lead_fact_handlers
from lead_router.adapters.kafka.lead_watch import lead_watch_handlers
from lead_router.adapters.kafka.model_facts import model_handlers
from lead_router.adapters.kafka.person_facts import person_handlers
from lead_router.adapters.measures import COUNT_EVERY_S, LeadStock
from lead_router.adapters.postgres.lead_snapshots import LeadSnapshots
from lead_router.adapters.postgres.record_sets import RECORD_SETS
from lead_router.adapters.postgres.unit_of_work import PostgresWork
from lead_router.adapters.timers.deadlines import deadlines, pool_deadlines
from lead_router.application.answer_offers import OfferDesk
from lead_router.application.attach_documents import AttachDocumentsHandler
from lead_router.application.care_for_leads import LeadCare
from lead_router.application.claim_leads import PoolDesk
from lead_router.application.convert_lead import LeadConverter
from lead_router.application.find_leads import LeadFinder
from lead_router.application.find_reps import RepFinder
from lead_router.application.follow_models import ModelFollower
from lead_router.application.handle_lead import LeadDesk
from lead_router.application.import_leads import ImportDesk
from lead_router.application.judge_duplicates import DuplicateJudge
from lead_router.application.judge_score import ScoreJudge
from lead_router.application.keep_pools import PoolKeeper
from lead_router.application.keep_reps import RepKeeper
from lead_router.application.lead_figures import LeadFigures
from lead_router.application.lead_statistics import LeadStatistics
from lead_router.application.note_follow_up import NoteFollowUpHandler
from lead_router.application.place_waiting import PlaceWaiting
from lead_router.application.placing import Placing
from lead_router.application.publish_behaviour_rules import BehaviourDesk
from lead_router.application.publish_policy import PolicyDesk
from lead_router.application.raise_urgency import UrgencyWatch
from lead_router.application.read_raw_lead import RawLeadReader
from lead_router.application.read_signals import SignalReader
from lead_router.application.record_signals import SignalIntake
from lead_router.application.recycle_leads import Recycler
from lead_router.application.ring_alarm import Alarms
from lead_router.application.routing_board import RoutingBoards
from lead_router.application.scoring_models import ScoringModels
from lead_router.application.search_leads import IndexLeadHandler, LeadSearch
from lead_router.application.submit_leads import SubmitLeads
from lead_router.application.suspect_duplicates import SuspectDuplicatesHandler
from lead_router.application.take_back import TakeBack
from lead_router.settings import Settings

_FETCH_EVERY_S = 5.0
_FORGET_EVERY_S = 3600.0


async def build(runtime: Runtime[Settings]) -> Service:
    """The lead-router's parts."""
    unit_of_work = UnitOfWork(runtime.database, PostgresWork)
    company, authorizer = DirectoryCompany(runtime.directory), runtime.authorizer
    conditions = CelConditions()
    boards = RoutingBoards(conditions)
    placing = Placing(boards, conditions, company)
    submit = SubmitLeads(placing, company, ScoringModels())
    models = ModelFollower(unit_of_work, GrpcModelSource(runtime.channels))
    keeper = RepKeeper(unit_of_work, company, boards, authorizer)
    finder = LeadFinder(unit_of_work, authorizer)
    leads = LeadServicer(
        LeadBatcher(runtime.database, submit),
        finder,
        LeadDesk(unit_of_work, company, boards, authorizer),
        LeadFigures(unit_of_work),
        ScoreJudge(unit_of_work, authorizer),
        converter=LeadConverter(unit_of_work, company, boards),
        search=LeadSearch(unit_of_work, authorizer),
        company=company,
        authorizer=authorizer,
    )
    note_follow_up = NoteFollowUpHandler(unit_of_work, company)
    follow_ups = follow_up_handlers(note_follow_up, AttachDocumentsHandler(unit_of_work, boards))
    alarms = Alarms(unit_of_work, company, GrpcFollowUps(runtime.channels))
    view = LeadView(company, authorizer)
    offers = OfferDesk(unit_of_work, company, placing, authorizer)
    recycler, urgency = Recycler(unit_of_work, company), UrgencyWatch(unit_of_work, boards)
    pools = PoolServicer(
        PoolKeeper(unit_of_work, company, authorizer), PoolDesk(unit_of_work, company, boards, authorizer), view
    )
    care = LeadCare(unit_of_work, company, authorizer)
    behaviour_conditions = CelBehaviourConditions()
    signals = SignalIntake(unit_of_work, behaviour_conditions, company)
    forget_signals = for_every_tenant(runtime.database, "lead_router.forget_signals", signals.forget)
    fetch_models = for_every_tenant(runtime.database, "lead_router.fetch_models", models.fetch)
    return Service(
        servicers=[
            leads,
            RepServicer(keeper, RepFinder(unit_of_work)),
            PolicyServicer(PolicyDesk(unit_of_work, conditions, company)),
            ImportServicer(ImportDesk(unit_of_work, submit, TakeBack()), company),
            OfferServicer(offers, view),
            pools,
            LeadCareServicer(care, LeadStatistics(unit_of_work), view),
            DuplicateServicer(DuplicateJudge(unit_of_work, authorizer)),
            SignalServicer(signals, SignalReader(unit_of_work, authorizer)),
            RawLeadServicer(RawLeadReader(unit_of_work, authorizer)),
            BehaviourServicer(BehaviourDesk(unit_of_work, behaviour_conditions)),
        ],
        aggregates=[LEAD, LEAD_DUPLICATE],
        subscriptions=[
            Subscription("lead-router.follow-ups", aggregates=("follow_up",), handlers=follow_ups),
            Subscription("lead-router.search", (LEAD,), lead_fact_handlers(IndexLeadHandler(unit_of_work))),
            Subscription("lead-router.people", aggregates=("person",), handlers=person_handlers(keeper)),
            Subscription("lead-router.models", aggregates=("lead_model",), handlers=model_handlers(models)),
            Subscription("lead-router.lead-watch", (LEAD,), lead_watch_handlers(recycler, urgency)),
            Subscription("lead-router.duplicates", (LEAD,), duplicate_handlers(SuspectDuplicatesHandler(unit_of_work))),
        ],
        timer_kinds=[
            *deadlines(alarms, keeper, PlaceWaiting(unit_of_work, placing)),
            *pool_deadlines(offers, recycler, urgency),
        ],
        snapshots={LEAD: LeadSnapshots(company)},
        records=RECORD_SETS,
        jobs=[
            Job("count_leads", COUNT_EVERY_S, LeadStock(runtime.database, finder).count),
            Job("fetch_models", _FETCH_EVERY_S, fetch_models),
            Job("forget_signals", _FORGET_EVERY_S, forget_signals),
        ],
    )
