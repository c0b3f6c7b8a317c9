"""What models score a lead by, and what of it may leave the service."""

from __future__ import annotations

from lead_router.domain.lead_answers import answers_of, impersonal
from lead_router.domain.lead_details import LeadDetails, LeadIdentity, LeadOrigin, LeadProfile

WHO = LeadIdentity(company="杭州第一人民医院", person="王芳", phone="13800000000", email="wang@example.cn")


def details() -> LeadDetails:
    kinds = ("tender", "photo", "tender")
    origin = LeadOrigin("expo", external_id="x-1", utm_campaign="spring", attachment_types=kinds)
    profile = LeadProfile(region="浙江", segment="KA", amount=1_250_099)
    return LeadDetails(WHO, origin, profile, "请联系王芳", {"ward": "icu"})


def test_answers_tell_what_was_given_and_never_what_it_was() -> None:
    answers = answers_of(details(), {"visits": "4", "empty": ""})

    assert answers == {
        "source": "expo",
        "utm_campaign": "spring",
        "attachment_types": "photo tender",
        "region": "浙江",
        "segment": "KA",
        "amount": "12500",
        "compares_competitors": "no",
        "has_company": "yes",
        "has_email": "yes",
        "has_message": "yes",
        "has_phone": "yes",
        "has_trial": "no",
        "form.visits": "4",
        "custom.ward": "icu",
    }
    told = " ".join(answers.values())
    assert not [text for text in (WHO.company, WHO.person, WHO.phone, WHO.email, "x-1") if text in told]


def test_nothing_typed_into_a_form_leaves_the_service() -> None:
    leaving = impersonal(answers_of(details(), {"name": "王芳"}))

    assert not [name for name in leaving if name.startswith(("form.", "custom."))]
    assert leaving["source"] == "expo"
