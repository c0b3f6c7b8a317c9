"""Leads with their outcomes in the words that scores are learned in: what was known at capture, not who asked."""

from __future__ import annotations

from typing import Any

from sample_company.model import Lead
from sample_company.past_leads import PastLead
from throughline_cli.demo.messages import utc

_ANSWERS = (
    *("source", "utm_source", "utm_medium", "utm_campaign", "industry", "region", "segment", "product_line"),
    *("language", "budget_tier", "purchase_stage", "tech_preference"),
)


def training_example(past: PastLead) -> dict[str, Any]:
    """One example as the REST API takes it."""
    return {
        "example_id": past.lead.key,
        "fields": answers_of(past.lead),
        "is_won": past.is_won,
        "happened_at": utc(past.lead.received_at),
    }


def answers_of(lead: Lead) -> dict[str, str]:
    """Answers by field as the router writes them down; what was not answered is left out."""
    answers = {name: str(getattr(lead, name)) for name in _ANSWERS}
    answers["attachment_types"] = " ".join(sorted(lead.attachment_types))
    if lead.amount_hundredths is not None:
        answers["amount"] = str(lead.amount_hundredths // 100)
    answers |= {
        "compares_competitors": _yes(lead.compares_competitors),
        "has_company": _yes(lead.company),
        "has_email": _yes(lead.email),
        "has_message": _yes(lead.message),
        "has_phone": _yes(lead.phone),
        "has_trial": _yes(lead.trial_ends_at),
    }
    answers |= {f"form.{name}": text for name, text in lead.form.items()}
    return {name: text for name, text in answers.items() if text}


def _yes(given: object) -> str:
    return "yes" if given else "no"
