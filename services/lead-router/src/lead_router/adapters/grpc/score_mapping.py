"""Scores out, with their reasons in words."""

from lead_router.domain.lead_details import LeadScore
from scorecard import Contribution, ReasonCode, text_of
from throughline.lead_router.v1 import lead_pb2


def score_message(score: LeadScore) -> lead_pb2.LeadScore:
    """A score as callers see it."""
    message = lead_pb2.LeadScore(
        probability_ppm=score.win_probability_ppm, model_id=score.model, log_odds=score.log_odds, base=score.base
    )
    for reason in score.reasons:
        told = Contribution(reason.field, ReasonCode(reason.code), reason.detail, reason.points)
        message.reasons.add(**reason._asdict(), text_zh_cn=text_of(told, "zh-CN"), text_en=text_of(told, "en"))
    return message
