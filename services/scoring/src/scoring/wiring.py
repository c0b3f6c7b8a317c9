"""The composition root: adapters into use cases, use cases into servicers, consumers and jobs."""

from chassis.every_tenant import for_every_tenant
from chassis.runtime import Runtime
from chassis.service import Job, Service
from chassis.subscription import Subscription
from chassis.unit_of_work import UnitOfWork
from scoring.adapters.grpc.funnel_servicer import FunnelServicer
from scoring.adapters.grpc.model_servicer import ModelServicer
from scoring.adapters.kafka.facts import FOLLOW_UP, LEAD, OPPORTUNITY, fact_handlers
from scoring.adapters.kafka.model_events import LEAD_MODEL
from scoring.adapters.measures import LOOK_EVERY_S, LiveModels
from scoring.adapters.postgres.unit_of_work import PostgresWork
from scoring.adapters.timers.retrain import retraining
from scoring.adapters.training.child_process import ChildProcessTrainer
from scoring.application.count_funnel import FunnelCounter
from scoring.application.publish_model import ModelDesk
from scoring.application.record_fact import RecordFactHandler
from scoring.application.retrain_model import Retrainer
from scoring.application.train_model import TrainingDesk, TrainingRunner
from scoring.application.watch_models import ModelWatch
from scoring.settings import Settings

_LOOK_FOR_TRAININGS_S = 5.0


async def build(runtime: Runtime[Settings]) -> Service:
    """The parts of scoring."""
    unit_of_work = UnitOfWork(runtime.database, PostgresWork)
    count_funnel = FunnelCounter(unit_of_work, runtime.directory, runtime.authorizer)
    facts = fact_handlers(RecordFactHandler(unit_of_work))
    retrain_after, least_new = runtime.settings.retrain_after, runtime.settings.retrain_least_new
    run_training = TrainingRunner(unit_of_work, ChildProcessTrainer(), retrain_after)
    models = ModelDesk(unit_of_work, retrain_after)
    train_all = for_every_tenant(runtime.database, "scoring.train_models", run_training)
    return Service(
        servicers=[FunnelServicer(count_funnel), ModelServicer(TrainingDesk(unit_of_work), models)],
        aggregates=[LEAD_MODEL],
        subscriptions=[Subscription("scoring.warehouse", aggregates=(LEAD, FOLLOW_UP, OPPORTUNITY), handlers=facts)],
        timer_kinds=[retraining(Retrainer(unit_of_work, retrain_after, least_new))],
        jobs=[
            Job("train_models", _LOOK_FOR_TRAININGS_S, train_all),
            Job("watch_models", LOOK_EVERY_S, LiveModels(runtime.database, ModelWatch(unit_of_work)).look),
        ],
    )
