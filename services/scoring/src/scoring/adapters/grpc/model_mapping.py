"""Requests to orders and examples, models and trainings to messages."""

from chassis.proto_values import moment_of, number_of, timestamp_of, word_of
from scoring.application.model_ports import KnownLead
from scoring.domain.lead_model import LeadModel
from scoring.domain.model_training import JUDGED_SHARE_PCT, LEAST_PER_CLASS, ModelTraining, Source, TrainingOrder
from throughline.scoring.v1 import model_service_pb2 as pb


def known_lead(example: pb.TrainingExample) -> KnownLead:
    """The example as the use case takes it."""
    happened_at = moment_of(example.happened_at) if example.HasField("happened_at") else None
    return KnownLead(example.example_id, dict(example.fields), float(example.is_won), happened_at)


def training_order(request: pb.TrainLeadModelRequest) -> TrainingOrder:
    """The order that a request gives."""
    return TrainingOrder(
        Source(word_of(pb.TrainingSource, request.source)),
        tuple(sorted(set(request.excluded_fields))),
        request.least_per_class or LEAST_PER_CLASS,
        request.judged_share_pct or JUDGED_SHARE_PCT,
    )


def training_message(training: ModelTraining) -> pb.Training:
    """A training as callers see it."""
    return pb.Training(
        training_id=training.id,
        state=number_of(pb.TrainingState, training.state.value),
        source=number_of(pb.TrainingSource, training.order.source.value),
        ordered_at=timestamp_of(training.ordered_at),
        ordered_by=training.ordered_by,
        ended_at=timestamp_of(training.ended_at) if training.ended_at else None,
        attempts=training.attempts,
        model_id=training.model_id or "",
        failure=training.failure,
        figures=dict(training.figures),
    )


def model_message(model: LeadModel) -> pb.LeadModel:
    """A model as callers see it."""
    return pb.LeadModel(
        model_id=model.id,
        number=model.number,
        state=number_of(pb.ModelState, model.state.value),
        trained_at=timestamp_of(model.trained_at),
        training_id=model.training_id,
        sha256=model.sha256,
        fields=model.report["fields"],
        published_at=timestamp_of(model.published_at) if model.published_at else None,
        published_by=model.published_by,
        force_reason=model.force_reason,
    )


def report_message(model: LeadModel) -> pb.ModelReport:
    """How a model was judged."""
    figures = {name: figure for name, figure in model.report.items() if name != "fields"}
    reliability = [pb.ReliabilityBin(**one) for one in figures.pop("reliability")]
    lift = [pb.LiftRow(**one) for one in figures.pop("lift")]
    return pb.ModelReport(model_id=model.id, reliability=reliability, lift=lift, **figures)
