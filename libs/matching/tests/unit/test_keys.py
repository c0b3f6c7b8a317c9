from __future__ import annotations

import pytest

from matching.identity import NormalisedIdentity
from matching.keys import (
    BUCKET_BASE,
    BUCKETS,
    Key,
    KeyKind,
    alias_keys,
    blocking_keys,
    buckets,
    fuzzy_keys,
    lock_keys,
    strong_keys,
)

from ..builders import a_record

TENANT = "018f0000-0000-7000-8000-000000000001"


def shared(one: NormalisedIdentity, other: NormalisedIdentity) -> set[KeyKind]:
    return {key.kind for key in set(blocking_keys(one)) & set(blocking_keys(other))}


def company(name: str) -> NormalisedIdentity:
    return a_record(company=name)


def test_strong_keys_say_who_a_record_is() -> None:
    record = a_record(
        company="深圳市恒昌信息技术有限公司",
        phone="13900001234",
        email="zhang@hengchang.cn",
        credit_code="91350100M000100Y43",
        source="partner",
        external_id="A-1",
    )

    assert strong_keys(record) == (
        Key(KeyKind.EXTERNAL_ID, "partner\x1fA-1"),
        Key(KeyKind.CREDIT_CODE, "91350100M000100Y43"),
        Key(KeyKind.PHONE, "+8613900001234"),
        Key(KeyKind.EMAIL, "zhang@hengchang.cn"),
        Key(KeyKind.CORE, "恒昌信息科技"),
    )
    assert blocking_keys(record)[:5] == strong_keys(record)


def test_a_record_with_an_external_id_only_has_that_key() -> None:
    record = a_record(source="partner", external_id="A-1")

    assert blocking_keys(record) == (Key(KeyKind.EXTERNAL_ID, "partner\x1fA-1"),)


def test_an_external_id_without_a_source_names_nothing() -> None:
    assert blocking_keys(a_record(external_id="A-1")) == ()


def test_a_free_mail_domain_is_no_key() -> None:
    assert [key.kind for key in blocking_keys(a_record(email="a@qq.com"))] == [KeyKind.EMAIL]


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("深圳市恒昌科技有限公司", "恒昌科技（深圳）股份有限公司", KeyKind.CORE),
        ("深圳市恒昌科技有限公司", "深圳市恒昌技術有限公司", KeyKind.CORE),
        ("Hengchang Tech Co., Ltd.", "HENGCHANG TECHNOLOGIES INC", KeyKind.CORE),
        ("恒昌科技有限公司", "横畅贸易有限公司", KeyKind.BRAND_SOUND),
        ("恒昌科技有限公司", "恒昌", KeyKind.BRAND_SOUND),
        ("恒昌达科技有限公司", "恒昌科技有限公司", KeyKind.SHORT_SOUND),
        ("恒昌达科技有限公司", "恒昌飞科技有限公司", KeyKind.SHORT_SOUND),
        ("恒昌达飞科技有限公司", "恒昌达科技有限公司", KeyKind.BRAND_SOUND),
        ("恒昌达飞科技有限公司", "恒昌", KeyKind.SHORT_SOUND),
        ("恒昌科技有限公司", "恒飞科技有限公司", KeyKind.FIRST_SYLLABLE),
        ("恒昌科技有限公司", "达昌科技有限公司", KeyKind.SECOND_SYLLABLE),
        ("恒昌科技有限公司", "昌恒科技有限公司", KeyKind.SORTED_SOUND),
        ("恒昌科技有限公司", "Hengchang Trading Ltd", KeyKind.ROMANISED),
        ("恒昌达飞科技有限公司", "恒昌龙腾虎跃有限公司", KeyKind.CORE_HEAD),
    ],
)
def test_a_kind_of_key_finds_its_kind_of_duplicate(one: str, other: str, kind: KeyKind) -> None:
    assert kind in shared(company(one), company(other))


def test_colleagues_share_the_key_of_their_mail_domain() -> None:
    assert shared(a_record(email="a@hengchang.cn"), a_record(email="b@hengchang.cn")) == {KeyKind.MAIL_DOMAIN}


def test_strangers_share_no_key() -> None:
    assert shared(company("深圳市恒昌科技有限公司"), company("深圳市明达贸易有限公司")) == set()


def test_short_english_brands_have_no_key_of_their_own() -> None:
    assert [key.kind for key in fuzzy_keys(company("ABC Ltd"))] == []


def test_a_record_has_about_ten_keys() -> None:
    record = a_record(company="深圳市恒昌信息技术有限公司", phone="13900001234", email="zhang@hengchang.cn")

    assert 8 <= len(blocking_keys(record)) <= 14


def test_a_sentence_in_a_company_field_makes_few_keys() -> None:
    assert len(blocking_keys(company("我们想了解一下你们的产品价格请尽快联系我" * 9))) <= 10


def test_key_numbers_are_signed_64_bit_and_never_change() -> None:
    # Stored in databases: another value here means that no stored key is found any more.
    assert Key(KeyKind.CORE, "恒昌科技").number == CORE_NUMBER
    assert -(2**63) <= CORE_NUMBER < 2**63


def test_an_alias_has_the_keys_of_a_name() -> None:
    assert alias_keys("恒昌") == (
        Key(KeyKind.CORE, "恒昌"),
        Key(KeyKind.BRAND_SOUND, "hen can"),
        Key(KeyKind.ROMANISED, "hengchang"),
    )
    assert alias_keys("") == ()


def test_locks_cover_strong_keys_and_the_sound_of_the_brand_in_its_city() -> None:
    record = a_record(company="恒昌科技有限公司", city="深圳", phone="13900001234", email="a@hengchang.cn")

    assert lock_keys(record) == (*strong_keys(record), Key(KeyKind.SOUND_AND_CITY, "hen can|4403"))


def test_buckets_are_sorted_distinct_and_in_their_range() -> None:
    keys = [
        *lock_keys(company("恒昌科技有限公司")),
        *lock_keys(company("恒昌科技有限公司")),
        *lock_keys(company("明达")),
    ]

    found = buckets(keys, TENANT)

    assert found == sorted(set(found))
    assert len(found) == 4
    assert all(BUCKET_BASE <= bucket < BUCKET_BASE + BUCKETS for bucket in found)
    assert BUCKET_BASE + BUCKETS < 2**63


def test_tenants_do_not_wait_for_each_other() -> None:
    keys = lock_keys(company("恒昌科技有限公司"))

    assert set(buckets(keys, TENANT)).isdisjoint(buckets(keys, f"{TENANT[:-1]}2"))


CORE_NUMBER = -1285429774556815226
