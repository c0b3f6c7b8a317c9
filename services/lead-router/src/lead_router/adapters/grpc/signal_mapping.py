"""Signals in, and what they add up to out."""

from typing import Any

from google.protobuf.message import Message

from chassis.proto_values import moment_of, number_of, timestamp_of, word_of
from lead_router.application.read_signals import LeadSignals
from lead_router.application.signal_ports import SentSignal
from lead_router.domain.ids import LeadId
from lead_router.domain.signals.behaviour import Recognised
from lead_router.domain.signals.features import SignalFeatures
from lead_router.domain.signals.signal import HALF_LIFE_DAYS, KINDS, Signal
from throughline.lead_router.v1 import signal_service_pb2 as pb

_LABELS: dict[str, tuple[str, Any]] = {
    "page_view": ("page", pb.PageKind),
    "document_download": ("document", pb.DocumentType),
    "form_filled": ("form", pb.FormKind),
    "trial_state": ("phase", pb.TrialPhase),
    "registry_change": ("field", pb.RegistryField),
    "news_mention": ("tone", pb.NewsTone),
    "device_state": ("condition", pb.DeviceCondition),
}
_AMOUNTS = {
    "page_view": "dwell_s",
    "form_filled": "fields",
    "site_visit": "pages",
    "competitor_page_view": "dwell_s",
    "tender_notice": "amount",
}


def sent_signal(message: pb.Signal) -> SentSignal:
    """A signal as it was sent."""
    kind = message.WhichOneof("content") or ""
    content: Message = getattr(message, kind)
    signal = Signal(
        message.source,
        message.signal_id,
        LeadId(message.lead_id),
        _subject(kind, content),
        moment_of(message.occurred_at),
        _amount(kind, content),
    )
    return SentSignal(signal, message.SerializeToString(deterministic=True))


def signals_response(found: LeadSignals) -> pb.GetLeadSignalsResponse:
    """What the signals of a lead add up to."""
    features = found.kept.features
    behaviours = sorted(found.kept.behaviours.by_rule.values(), key=lambda one: one.at, reverse=True)
    return pb.GetLeadSignalsResponse(
        features=[_feature(subject, features, found) for subject in sorted(features.by_subject)],
        behaviours=[_behaviour(one) for one in behaviours],
        recommended_path=number_of(pb.RecommendedPath, found.advice.path.value),
        because=found.advice.because,
        chance_now_ppm=found.advice.chance_now_ppm,
        kept_ppm=found.advice.kept_ppm,
    )


def _subject(kind: str, content: Message) -> str:
    _, labels = KINDS[kind]
    if not labels:
        return kind
    field, enum = _LABELS[kind]
    number = getattr(content, field)
    return f"{kind}.{word_of(enum, number).lower() if number else 'other'}"


def _amount(kind: str, content: Message) -> int:
    if isinstance(content, pb.RegistryChange):
        return content.after - content.before
    return int(getattr(content, _AMOUNTS[kind])) if kind in _AMOUNTS else 0


def _feature(subject: str, features: SignalFeatures, found: LeadSignals) -> pb.SignalFeature:
    one = features.by_subject[subject]
    return pb.SignalFeature(
        subject=subject,
        signals=one.signals,
        last_7_days=one.within(7, found.now),
        last_30_days=one.within(30, found.now),
        strength=round(features.strength(subject, found.now), 6),
        half_life_days=HALF_LIFE_DAYS[subject],
        total=one.total,
        latest=one.latest[3] if one.latest else 0,
        first_at=timestamp_of(one.first_at) if one.first_at else None,
        last_at=timestamp_of(one.latest[0]) if one.latest else None,
    )


def _behaviour(one: Recognised) -> pb.RecognisedBehaviour:
    message = pb.RecognisedBehaviour(
        rule_id=one.rule.id,
        rules_version=one.rules_version,
        boost_pct=one.rule.boost_pct,
        is_urgent=one.rule.is_urgent,
        recognised_at=timestamp_of(one.at),
    )
    setattr(message, "class", one.rule.behaviour_class)
    return message
