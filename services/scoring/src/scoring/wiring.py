"""The composition root: adapters into use cases, use cases into servicers, consumers, timers and jobs."""

from chassis.every_tenant import for_every_tenant
from chassis.runtime import Runtime
from chassis.service import Job, Service
from chassis.subscription import Subscription
from chassis.unit_of_work import UnitOfWork
from scoring.adapters.company import DirectoryCompany
from scoring.adapters.grpc.funnel_servicer import FunnelServicer
from scoring.adapters.grpc.metric_servicer import MetricServicer
from scoring.adapters.grpc.model_servicer import ModelServicer
from scoring.adapters.grpc.water_line_servicer import WaterLineServicer
from scoring.adapters.kafka.events import METRIC, WATER_LINE
from scoring.adapters.kafka.facts import AGGREGATES, taken_together
from scoring.adapters.kafka.model_events import LEAD_MODEL
from scoring.adapters.kafka.snapshots import snapshot_models
from scoring.adapters.kafka.tenant_facts import tenant_handlers
from scoring.adapters.measures import LOOK_EVERY_S, LiveModels
from scoring.adapters.postgres.record_sets import RECORD_SETS, WAREHOUSE
from scoring.adapters.postgres.unit_of_work import PostgresWork
from scoring.adapters.timers.month_check import month_check
from scoring.adapters.timers.retrain import retraining
from scoring.adapters.training.child_process import ChildProcessTrainer
from scoring.application.check_water_lines import WaterLineWatch
from scoring.application.count_funnel import FunnelCounter
from scoring.application.metrics import MetricDesk
from scoring.application.publish_model import ModelDesk
from scoring.application.reckon_metrics import MetricReckoner
from scoring.application.record_fact import RecordFactsHandler
from scoring.application.retrain_model import Retrainer
from scoring.application.schedule_month_check import MonthCheckHandler, MonthCheckScheduler
from scoring.application.train_model import TrainingDesk, TrainingRunner
from scoring.application.watch_models import ModelWatch
from scoring.settings import Settings

_LOOK_FOR_TRAININGS_S = 5.0

_SCHEDULE_EVERY_S = 3600.0
"""For tenants whose facts this service heard before it checked months; others are scheduled when they are told of."""


async def build(runtime: Runtime[Settings]) -> Service:
    """The parts of scoring."""
    zones = runtime.directory
    unit_of_work = UnitOfWork(runtime.database, PostgresWork)
    count_funnel = FunnelCounter(unit_of_work, zones, runtime.authorizer)
    reckoner = MetricReckoner(count_funnel)
    watch = WaterLineWatch(unit_of_work, zones, DirectoryCompany(runtime.directory), runtime.authorizer)
    schedule = MonthCheckScheduler(unit_of_work, zones)
    facts = taken_together(RecordFactsHandler(unit_of_work))
    retrain_after, least_new = runtime.settings.retrain_after, runtime.settings.retrain_least_new
    run_training = TrainingRunner(unit_of_work, ChildProcessTrainer(), retrain_after)
    models = ModelDesk(unit_of_work, retrain_after)
    train_all = for_every_tenant(runtime.database, "scoring.train_models", run_training)
    schedule_all = for_every_tenant(runtime.database, "scoring.schedule_month_check", schedule)
    return Service(
        servicers=[
            FunnelServicer(count_funnel),
            MetricServicer(MetricDesk(unit_of_work), reckoner),
            WaterLineServicer(reckoner, watch),
            ModelServicer(TrainingDesk(unit_of_work), models),
        ],
        aggregates=[METRIC, WATER_LINE, LEAD_MODEL],
        subscriptions=[
            Subscription(WAREHOUSE, aggregates=AGGREGATES, handlers=facts),
            Subscription("scoring.tenants", aggregates=("tenant",), handlers=tenant_handlers(schedule)),
        ],
        records=RECORD_SETS,
        timer_kinds=[
            month_check(MonthCheckHandler(unit_of_work, zones, watch)),
            retraining(Retrainer(unit_of_work, retrain_after, least_new)),
        ],
        snapshots={LEAD_MODEL: snapshot_models},
        jobs=[
            Job("schedule_month_check", _SCHEDULE_EVERY_S, schedule_all),
            Job("train_models", _LOOK_FOR_TRAININGS_S, train_all),
            Job("watch_models", LOOK_EVERY_S, LiveModels(runtime.database, ModelWatch(unit_of_work)).look),
        ],
    )
