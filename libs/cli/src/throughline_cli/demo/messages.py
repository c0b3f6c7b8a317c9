"""What the demo sends, in the words of the REST API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sample_company.model import CURRENCY, Lead, LeadPlan, PlannedFollowUp
from sample_company.vocabulary import CLOSE_REASONS

_DEATHS = {
    "price": "PRICE",
    "competitor": "LOST_TO_COMPETITOR",
    "no_budget": "NO_BUDGET",
    "unreachable": "UNREACHABLE",
    "cancelled": "BAD_TIMING",
    "no_demand": "NO_NEED",
}
"""Reasons of the sample company as those of the API."""
_GRADES = "DDCBA"
"""Ratings of the sample company from 1 to 5 as grades."""


def closing(plan: LeadPlan) -> dict[str, Any]:
    """Why a lead died, in a code and in words, and what its owner says of its quality."""
    return {
        "death_reason": _DEATHS[plan.close_reason],
        "quality": _GRADES[(plan.quality_rating or 1) - 1],
        "reason": CLOSE_REASONS[plan.close_reason],
    }


def submission(lead: Lead) -> dict[str, Any]:
    """The lead as its channel would send it; nothing that only the generator knows."""
    profile = {
        "industry": lead.industry,
        "region": lead.region,
        "segment": lead.segment or None,
        "product_line": lead.product_line,
        "language": lead.language,
        "budget_tier": lead.budget_tier,
        "purchase_stage": lead.purchase_stage,
        "tech_preference": lead.tech_preference,
        "amount": _yuan(lead.amount_hundredths),
        "trial_ends_at": utc(lead.trial_ends_at) if lead.trial_ends_at else None,
        "compares_competitors": lead.compares_competitors,
    }
    names = ("company", "person", "phone", "email", "credit_code", "city")
    origins = ("source", "external_id", "utm_source", "utm_medium", "utm_campaign")
    return {
        "identity": {name: getattr(lead, name) for name in names},
        "origin": {
            **{name: getattr(lead, name) for name in origins},
            "attachment_types": list(lead.attachment_types),
        },
        "profile": profile,
        "message": lead.message,
        "form": dict(lead.form),
    }


def follow_up(planned: PlannedFollowUp, lead_id: str, at: datetime, request_id: str) -> dict[str, Any]:
    """The follow-up of a lead as its owner records it."""
    body: dict[str, Any] = {
        "lead_id": lead_id,
        "channel": planned.channel.upper(),
        "tags": [tag.upper() for tag in planned.tags],
        "summary": planned.summary,
        "next_action": planned.next_action,
        "occurred_at": utc(at),
        "request_id": request_id,
    }
    if planned.next_action_after is not None:
        body["next_action_at"] = utc(at + planned.next_action_after)
    return body


def first_contact(planned: PlannedFollowUp, lead: Lead, request_id: str) -> dict[str, Any]:
    """What the first follow-up taught: the three fields of the first-contact summary."""
    return {
        "pain_point": planned.summary,
        "decision_chain": f"{lead.person or '经办人'}（经办）、科室负责人、采购部",
        "intent_level": planned.intent_level.upper(),
        "request_id": request_id,
    }


def conversion(lead: Lead, plan: LeadPlan, at: datetime) -> dict[str, Any]:
    """The lead as a customer and an opportunity."""
    body: dict[str, Any] = {
        "title": f"{lead.product or lead.product_line}采购",
        "customer_name": "" if len(lead.company) > 1 else f"{lead.person or lead.city}（个人客户）",
        "amount": _yuan(plan.deal_amount_hundredths or lead.amount_hundredths),
    }
    if plan.deal_after is not None:
        body["expected_close_date"] = (at + plan.deal_after).date().isoformat()
    return body


def utc(at: datetime) -> str:
    """A time by RFC 3339 in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _yuan(hundredths: int | None) -> dict[str, str] | None:
    if hundredths is None:
        return None
    return {"currency": CURRENCY, "amount": f"{hundredths // 100}.{hundredths % 100:02d}"}
