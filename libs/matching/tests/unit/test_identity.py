from __future__ import annotations

import json

import pytest

from matching.identity import NORM_VERSION, Identity, IntakeWarning, NormalisedIdentity, normalise
from matching.mailbox import MailPolicy

from ..builders import a_record

EVERYTHING = Identity(
    company="恒昌科技有限公司北京分公司 Hengchang Tech Co., Ltd.",
    person="张总",
    phones=("13900001234/010-22223333-8",),
    email="Zhang+a@Hengchang.cn",
    credit_code="91350100m000100y43",
    city="深圳",
    source="Partner ",
    external_id=" A-1 ",
)


def test_a_prepared_record_survives_json() -> None:
    prepared = normalise(EVERYTHING)

    stored = json.loads(json.dumps(prepared.to_dict()))

    assert NormalisedIdentity.from_dict(stored) == prepared


def test_a_record_prepared_by_other_rules_is_refused() -> None:
    stored = normalise(EVERYTHING).to_dict() | {"norm_version": NORM_VERSION + 1}

    with pytest.raises(ValueError, match=f"version {NORM_VERSION + 1}"):
        NormalisedIdentity.from_dict(stored)


def test_a_branch_stands_in_its_own_city() -> None:
    assert normalise(EVERYTHING).city == "11"


def test_source_and_external_id_lose_only_outer_blanks_and_the_source_its_case() -> None:
    prepared = normalise(EVERYTHING)

    assert (prepared.source, prepared.external_id) == ("partner", "A-1")


@pytest.mark.parametrize(
    ("raw", "warning"),
    [
        ({"credit_code": "91350100M000100Y44"}, IntakeWarning.CREDIT_CODE_INVALID),
        ({"email": "nobody"}, IntakeWarning.EMAIL_UNREADABLE),
        ({"phone": "13800138000"}, IntakeWarning.PHONE_PLACEHOLDER),
        ({"phone": "2222"}, IntakeWarning.PHONE_UNREADABLE),
    ],
)
def test_what_cannot_be_read_counts_as_absent_with_a_warning(raw: dict[str, str], warning: IntakeWarning) -> None:
    prepared = a_record(**raw)

    assert prepared.warnings == (warning,)
    assert (prepared.credit_code, prepared.email, prepared.phones) == ("", None, ())


def test_an_empty_record_is_fine() -> None:
    prepared = a_record()

    assert not prepared.has_company
    assert prepared.warnings == ()


@pytest.mark.parametrize("nothing", ["个人", "无", "不详"])
def test_a_field_that_says_nothing_counts_as_empty(nothing: str) -> None:
    assert a_record(company=nothing, person=nothing, city=nothing) == a_record()


def test_each_phone_is_kept_once() -> None:
    prepared = a_record(phones=("13900001234", "+86 13900001234/0755-22223333"))

    assert [phone.number for phone in prepared.phones] == ["+8613900001234", "+8675522223333"]


def test_the_policy_says_which_domains_and_mailboxes_say_little() -> None:
    policy = MailPolicy(free_domains=frozenset({"hengchang.cn"}), role_mailboxes=frozenset({"zhang"}))

    mailbox = normalise(EVERYTHING, policy).email

    assert mailbox is not None
    assert (mailbox.company_domain, mailbox.is_role) == ("", True)
