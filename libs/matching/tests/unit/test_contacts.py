"""Phones, mailboxes, persons, credit codes and cities."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from matching.credit_code import check_digit, normalise_credit_code
from matching.mailbox import normalise_email
from matching.person import normalise_person
from matching.phone import PhoneKind, normalise_phone, split_phones
from matching.place import normalise_city, same_city

from ..builders import unhurried

CREDIT_CODE = "91350100M000100Y43"  # the example of GB 32100-2015


@pytest.mark.parametrize(
    ("typed", "number", "kind"),
    [
        ("139 0000 1234", "+8613900001234", PhoneKind.MOBILE),
        ("+86-139-0000-1234", "+8613900001234", PhoneKind.MOBILE),
        ("0086 13900001234", "+8613900001234", PhoneKind.MOBILE),
        ("013900001234", "+8613900001234", PhoneKind.MOBILE),
        ("１３９００００１２３４", "+8613900001234", PhoneKind.MOBILE),
        ("0755-22223333", "+8675522223333", PhoneKind.LANDLINE),
        ("+86 (0)755 2222 3333", "+8675522223333", PhoneKind.LANDLINE),
        ("(0755) 22223333 转 801", "+8675522223333", PhoneKind.LANDLINE),
        ("0755-22223333-801", "+8675522223333", PhoneKind.LANDLINE),
        ("010-22223333 ext. 8", "+861022223333", PhoneKind.LANDLINE),
        ("021-2222333-3", "+86212222333", PhoneKind.LANDLINE),
        ("400-820-1234", "+864008201234", PhoneKind.SERVICE),
        ("8008201234", "+868008201234", PhoneKind.SERVICE),
        ("+852 9123 4567", "+85291234567", PhoneKind.MOBILE),
        ("0044 20 7946 0958", "+442079460958", PhoneKind.LANDLINE),
    ],
)
def test_a_phone_has_one_form(typed: str, number: str, kind: PhoneKind) -> None:
    phone = normalise_phone(typed)

    assert phone is not None
    assert (phone.number, phone.kind) == (number, kind)


@pytest.mark.parametrize(
    "typed",
    ["13800138000", "13888888888", "11111111111", "12345678901", "0755-12345678", "22223333", "95588", "无", "+86"],
)
def test_placeholders_and_incomplete_numbers_are_no_phone(typed: str) -> None:
    assert normalise_phone(typed) is None


def test_a_field_with_several_numbers_is_parted() -> None:
    assert split_phones("13900001234/0755-22223333、13900005678") == ["13900001234", "0755-22223333", "13900005678"]
    assert split_phones("13900001234 13900005678") == ["13900001234", "13900005678"]
    assert split_phones("0755-22223333,801") == ["0755-22223333,801"]


NATIONAL = st.one_of(
    st.from_regex(r"1[3-9][0-9]{4}[1-4]7[0-9]{3}", fullmatch=True),
    st.from_regex(r"(755|571|20|10)2[0-9]{3}47[0-9]{2}", fullmatch=True),
)


@unhurried
@given(
    national=NATIONAL,
    prefix=st.sampled_from(["", "+86", "+86 ", "0086", "86", "0", "+86 0", "（+86）"]),
    extension=st.sampled_from(
        ["", "转8", " 转 801", "分机12", "ext 5", " ext.801", "x801", "#8", "-8", "-801", "－12"]
    ),
    full_width=st.booleans(),
)
def test_any_prefix_extension_or_width_gives_one_number(
    national: str, prefix: str, extension: str, full_width: bool
) -> None:
    typed = f"{prefix}{national}{extension}"
    if full_width:
        typed = "".join(chr(ord(each) + 0xFEE0) if each in "0123456789+#x" else each for each in typed)

    phone = normalise_phone(typed)

    assert phone is not None
    assert phone.number == f"+86{national}"


@unhurried
@given(NATIONAL)
def test_a_normal_number_is_its_own_normal_form(national: str) -> None:
    phone = normalise_phone(national)

    assert phone is not None
    assert normalise_phone(phone.number) == phone


@unhurried
@given(st.text(max_size=40))
def test_any_text_is_a_phone_or_none(text: str) -> None:
    phone = normalise_phone(text)

    assert phone is None or normalise_phone(phone.number) == phone


@pytest.mark.parametrize(
    ("typed", "address", "domain", "is_role"),
    [
        ("Zhang.Wei+News@Hengchang.CN", "zhang.wei@hengchang.cn", "hengchang.cn", False),
        ("Zhang.Wei+x@googlemail.com", "zhangwei@gmail.com", "", False),
        ("１０００１@qq.com", "10001@qq.com", "", False),
        ("a@vip.qq.com", "a@vip.qq.com", "", False),
        ("info@mail.hengchang.com.cn", "info@mail.hengchang.com.cn", "mail.hengchang.com.cn", True),
        ("Kefu <KEFU@hengchang.cn>", "kefu@hengchang.cn", "hengchang.cn", True),
    ],
)
def test_a_mailbox_has_one_form(typed: str, address: str, domain: str, is_role: bool) -> None:
    mailbox = normalise_email(typed)

    assert mailbox is not None
    assert (mailbox.address, mailbox.company_domain, mailbox.is_role) == (address, domain, is_role)
    assert normalise_email(mailbox.address) == mailbox


@pytest.mark.parametrize("typed", ["", "nobody", "a@b", "@hengchang.cn", "a b@", "a@.cn"])
def test_what_is_no_mailbox_is_none(typed: str) -> None:
    assert normalise_email(typed) is None


@unhurried
@given(st.emails())
def test_a_normal_mailbox_is_its_own_normal_form(address: str) -> None:
    mailbox = normalise_email(address)

    assert mailbox is None or normalise_email(mailbox.address) == mailbox


@pytest.mark.parametrize("typed", [CREDIT_CODE, " 91350100 m0001 00y43", "9135O1OOMOOO1OOY43", "９１350100M000100Y43"])
def test_a_credit_code_has_one_form(typed: str) -> None:
    assert normalise_credit_code(typed) == CREDIT_CODE


@pytest.mark.parametrize("typed", ["91350100M000100Y44", "91350100M000100Y4", "S1350100M000100Y43", "0" * 18, "无"])
def test_a_code_with_a_wrong_check_digit_or_alphabet_is_none(typed: str) -> None:
    assert normalise_credit_code(typed) is None


@unhurried
@given(
    st.text(alphabet="0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=17, max_size=17),
    st.integers(0, 16),
    st.integers(1, 30),
)
def test_one_wrong_sign_never_leaves_a_code_valid(first_17: str, position: int, shift: int) -> None:
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    wrong = alphabet[(alphabet.index(first_17[position]) + shift) % 31]

    changed = first_17[:position] + wrong + first_17[position + 1 :]

    assert check_digit(changed) != check_digit(first_17)


@pytest.mark.parametrize(
    ("typed", "name", "surname"),
    [
        ("张伟", "张伟", "张"),
        ("张 伟 先生", "张伟", "张"),
        ("張偉女士", "张伟", "张"),
        ("李老师", "", "李"),
        ("张总", "", "张"),
        ("王总监", "", "王"),
        ("陈主任", "", "陈"),
        ("欧阳总经理", "", "欧阳"),
        ("欧阳娜", "欧阳娜", "欧阳"),
        ("王工", "", "王"),
        ("Mr. Wei  Zhang", "wei zhang", ""),
    ],
)
def test_titles_go_and_may_leave_a_surname_only(typed: str, name: str, surname: str) -> None:
    person = normalise_person(typed)

    assert person is not None
    assert (person.name, person.surname) == (name, surname)


def test_a_title_alone_is_nobody() -> None:
    assert normalise_person("总经理") is None


def test_a_name_sounds_the_same_in_latin_letters_in_either_order() -> None:
    sounds = {
        person.sound for typed in ("张小明", "Zhang Xiaoming", "Xiaoming Zhang") if (person := normalise_person(typed))
    }

    assert len(sounds) == 1


@unhurried
@given(st.text(max_size=20))
@example("C[¸⼀")
def test_a_normal_person_is_its_own_normal_form(text: str) -> None:
    person = normalise_person(text)

    assert person is None or normalise_person(person.name or person.surname) == person


@pytest.mark.parametrize(
    ("typed", "city"),
    [
        ("深圳", "4403"),
        ("广东省深圳市南山区", "4403"),
        ("广东 深圳", "4403"),
        ("Shenzhen", "4403"),
        ("北京市朝阳区", "11"),
        ("仙桃市", "429004"),
        ("广东省", "44"),
        ("Tokyo", "=tokyo"),
        ("不详", ""),
    ],
)
def test_a_city_field_gives_a_code(typed: str, city: str) -> None:
    assert normalise_city(typed) == city
    assert normalise_city(city) == city


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("4403", "4403", True),
        ("4403", "4401", False),
        ("4403", "44", None),
        ("44", "44", None),
        ("4403", "11", False),
        ("44", "31", False),
        ("=tokyo", "=tokyo", True),
        ("=tokyo", "4403", None),
        ("=tokyo", "44", None),
        ("", "4403", None),
    ],
)
def test_cities_are_compared_as_far_as_they_are_known(left: str, right: str, same: bool | None) -> None:
    assert same_city(left, right) is same
    assert same_city(right, left) is same
