"""What models score a lead by: answers of the moment of capture, by field.

Nothing of who the lead is: whether a phone was left may tell something of a chance, the phone itself may not stand
here. Fields of forms and custom fields are as the tenant made them, so they stay inside this service.
"""

from collections.abc import Mapping

from lead_router.domain.lead_details import LeadDetails

FORM, CUSTOM = "form.", "custom."
_ORIGIN = ("source", "utm_source", "utm_medium", "utm_campaign")
_PROFILE = (
    *("industry", "region", "segment", "product_line", "language", "budget_tier", "purchase_stage"),
    "tech_preference",
)
_HUNDREDTHS = 100


def answers_of(details: LeadDetails, form: Mapping[str, str]) -> dict[str, str]:
    """All answers; what was not answered is left out."""
    who, origin, profile = details.identity, details.origin, details.profile
    answers = {name: getattr(origin, name) for name in _ORIGIN}
    answers |= {name: getattr(profile, name) for name in _PROFILE}
    answers["attachment_types"] = " ".join(sorted(set(origin.attachment_types)))
    if profile.amount is not None:
        answers["amount"] = str(profile.amount // _HUNDREDTHS)
    answers |= {
        "compares_competitors": _yes(profile.compares_competitors),
        "has_company": _yes(who.company),
        "has_email": _yes(who.email),
        "has_message": _yes(details.message),
        "has_phone": _yes(who.phone),
        "has_trial": _yes(profile.trial_ends_at),
    }
    answers |= {f"{FORM}{name}": text for name, text in form.items()}
    answers |= {f"{CUSTOM}{name}": text for name, text in details.custom.items()}
    return {name: text for name, text in answers.items() if text}


def impersonal(answers: Mapping[str, str]) -> dict[str, str]:
    """Those that may leave the service: none that somebody typed into a form."""
    return {name: text for name, text in answers.items() if not name.startswith((FORM, CUSTOM))}


def _yes(given: object) -> str:
    return "yes" if given else "no"
