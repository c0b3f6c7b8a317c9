from __future__ import annotations

from collab.domain.customer_profile import CustomerProfile, CustomKind, CustomValue, profile_faults
from matching.credit_code import check_digit

GRADES = frozenset("ABCD")
CODE = "91330100799655058" + check_digit("91330100799655058")


def faults(**facts: object) -> dict[str, str]:
    profile = CustomerProfile(**{"name": "杭州恒昌信息技术有限公司", **facts})  # type: ignore[arg-type]  # fields by name
    return {fault.field: fault.reason for fault in profile_faults(profile.tidied(), GRADES)}


def test_blanks_around_texts_are_dropped_and_short_names_kept_once() -> None:
    profile = CustomerProfile(" 恒昌信息 ", short_names=("恒昌", " 恒昌", "  ", "HC"), city=" 杭州 ").tidied()

    assert (profile.name, profile.short_names, profile.city) == ("恒昌信息", ("恒昌", "HC"), "杭州")


def test_a_credit_code_is_kept_as_it_is_registered() -> None:
    typed = f"{CODE[:8].lower()} {CODE[8:]}"

    assert CustomerProfile("恒昌信息", credit_code=typed).tidied().credit_code == CODE


def test_a_credit_code_with_a_wrong_check_digit_is_refused() -> None:
    wrong = CODE[:-1] + ("0" if CODE[-1] != "0" else "1")

    assert faults(credit_code=wrong) == {"profile.credit_code": "credit_code.invalid"}
    assert faults(credit_code=CODE) == {}


def test_all_that_is_wrong_is_named_at_once() -> None:
    custom = {"since": CustomValue(CustomKind.DATE, "2026-02-30"), "beds": CustomValue(CustomKind.NUMBER, 0.0)}

    assert faults(name=" 恒 ", grade="Z", credit_code="1", custom=custom) == {
        "profile.name": "string.min_len",
        "profile.grade": "grade.unknown",
        "profile.credit_code": "credit_code.invalid",
        'profile.custom["since"].date': "date.unknown",
    }


def test_a_grade_that_the_settings_have_dropped_stays_with_those_who_have_it() -> None:
    profile = CustomerProfile("恒昌信息", grade="S")

    assert profile_faults(profile, GRADES, known_grade="S") == []
    assert [fault.reason for fault in profile_faults(profile, GRADES, known_grade="A")] == ["grade.unknown"]


def test_the_number_zero_says_something_and_a_blank_text_does_not() -> None:
    assert CustomValue(CustomKind.NUMBER, 0.0).is_filled
    assert not CustomValue(CustomKind.TEXT, "  ").is_filled
