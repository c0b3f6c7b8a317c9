"""What holds for any records; companies, people and contacts are drawn from few, so that they often meet."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from matching.context import Counts
from matching.decision import Candidate, Outcome, decide
from matching.identity import Identity, NormalisedIdentity, normalise, parse_company
from matching.keys import blocking_keys, buckets, lock_keys
from matching.scoring import compare

from ..builders import unhurried

REGIONS = ["", "深圳市", "广东省", "广州", "上海市", "北京市朝阳区"]
BRANDS = ["恒昌", "横畅", "昌恒", "恒昌达", "恒达飞龙", "明达", "abc", "第一恒昌", "恒建三局"]
TRADES = ["", "科技", "技术", "电子科技", "贸易", "装饰工程"]
FORMS = ["", "有限公司", "股份有限公司", "集团有限公司", "(深圳)有限公司", "有限公司北京分公司", "有限公司(筹)"]
COMPANIES = st.one_of(
    st.just(""),
    st.builds("{}{}{}{}".format, *map(st.sampled_from, (REGIONS, BRANDS, TRADES, FORMS))),
    st.sampled_from(["Hengchang Tech Co., Ltd.", "Hengchang Technology", "Shenzhen Mingda Ltd", "恒昌 Hengchang Tech"]),
)
PHONES = ["13900001234", "+86 139 0000 5678", "0755-22223333", "0755-22224444-8", "400-820-1234", "13800138000"]
EMAILS = ["", "a@hengchang.cn", "b@hengchang.cn", "info@hengchang.cn", "a@mingda.cn", "a@qq.com", "info@qq.com"]
RECORDS = st.builds(
    Identity,
    company=COMPANIES,
    person=st.sampled_from(["", "张伟", "章炜", "张总", "李娜", "Zhang Wei", "David"]),
    phones=st.lists(st.sampled_from(PHONES), max_size=3).map(tuple),
    email=st.sampled_from(EMAILS),
    credit_code=st.sampled_from(["", "", "", "91350100M000100Y43", "91440300708461136T", "123"]),
    city=st.sampled_from(["", "深圳", "广东", "广州", "上海", "Tokyo"]),
    source=st.sampled_from(["", "partner", "form"]),
    external_id=st.sampled_from(["", "A-1", "A-2"]),
)
PREPARED = RECORDS.map(normalise)
CONTEXTS = st.builds(
    Counts,
    brands=st.dictionaries(st.sampled_from(BRANDS), st.integers(0, 20)),
    phones=st.dictionaries(st.sampled_from(["+8613900001234", "+8675522223333"]), st.integers(0, 9)),
    domains=st.dictionaries(st.sampled_from(["hengchang.cn", "mingda.cn"]), st.integers(0, 20)),
    persons=st.dictionaries(st.sampled_from(["张伟", "张"]), st.integers(0, 20)),
)
EQUAL_FIELDS = st.one_of(
    st.tuples(st.just("company"), COMPANIES.filter(bool)),
    st.tuples(st.just("person"), st.sampled_from(["张伟", "张总", "David"])),
    st.tuples(st.just("email"), st.sampled_from(EMAILS[1:])),
    st.tuples(st.just("credit_code"), st.just("91350100M000100Y43")),
    st.tuples(st.just("city"), st.sampled_from(["深圳", "广东", "Tokyo"])),
    st.tuples(st.just("phones"), st.sampled_from(PHONES).map(lambda phone: (phone,))),
)


def with_fields(record: Identity, fields: dict[str, Any]) -> Identity:
    return replace(record, **fields)


def mirrored(reasons: Any) -> list[tuple[Any, ...]]:
    return [(reason.code, reason.points, reason.right, reason.left) for reason in reasons]


@unhurried
@given(COMPANIES)
def test_a_normal_company_name_is_its_own_normal_form(company: str) -> None:
    for name in parse_company(company):
        if name is not None:
            assert name in parse_company(name.full)


@unhurried
@given(st.text(max_size=30))
def test_any_text_in_a_company_field_has_a_normal_form(company: str) -> None:
    for name in parse_company(company):
        if name is not None:
            assert name.brand
            assert name.full in [again.full for again in parse_company(name.full) if again is not None]


@unhurried
@given(PREPARED)
def test_a_prepared_record_can_be_stored(record: NormalisedIdentity) -> None:
    assert NormalisedIdentity.from_dict(record.to_dict()) == record


@unhurried
@given(PREPARED, PREPARED, CONTEXTS)
def test_a_score_does_not_depend_on_who_is_compared_with_whom(
    one: NormalisedIdentity, other: NormalisedIdentity, context: Counts
) -> None:
    there, back = compare(one, other, context=context), compare(other, one, context=context)

    assert there.score == back.score
    assert sorted(mirrored(there.reasons)) == sorted(tuple(reason) for reason in back.reasons)


@unhurried
@given(PREPARED, PREPARED, CONTEXTS)
def test_reasons_add_up_to_the_score(one: NormalisedIdentity, other: NormalisedIdentity, context: Counts) -> None:
    comparison = compare(one, other, context=context)

    assert sum(reason.points for reason in comparison.reasons) == comparison.score


@settings(unhurried, max_examples=500)
@given(RECORDS, RECORDS, EQUAL_FIELDS, CONTEXTS)
def test_a_field_that_both_have_alike_never_lowers_the_score(
    one: Identity, other: Identity, field: tuple[str, Any], context: Counts
) -> None:
    name, value = field
    # A branch is in its own city, whatever city was typed.
    assume(name != "city" or "分公司" not in one.company + other.company)
    if name == "phones":
        more = [replace(record, phones=(*record.phones, *value)) for record in (one, other)]
    else:
        nothing, something = {name: ""}, {name: value}
        one, other = with_fields(one, nothing), with_fields(other, nothing)
        more = [with_fields(record, something) for record in (one, other)]

    before = compare(normalise(one), normalise(other), context=context).score
    after = compare(normalise(more[0]), normalise(more[1]), context=context).score

    assert after >= before


@unhurried
@given(st.data(), PREPARED, st.lists(st.tuples(st.lists(PREPARED, max_size=3), st.booleans()), max_size=5), CONTEXTS)
def test_a_decision_does_not_depend_on_the_order_of_leads_and_records(
    data: st.DataObject, new: NormalisedIdentity, leads: list[tuple[list[NormalisedIdentity], bool]], context: Counts
) -> None:
    candidates = [Candidate(f"lead-{index}", records, not_same) for index, (records, not_same) in enumerate(leads)]
    shuffled = [
        Candidate(each.lead_id, data.draw(st.permutations(each.records)), each.not_same)
        for each in data.draw(st.permutations(candidates))
    ]

    assert decide(new, candidates, context=context) == decide(new, shuffled, context=context)


@unhurried
@given(PREPARED, st.lists(st.lists(PREPARED, min_size=1, max_size=2), max_size=4))
def test_a_verdict_has_exactly_what_its_outcome_says(
    new: NormalisedIdentity, leads: list[list[NormalisedIdentity]]
) -> None:
    verdict = decide(new, [Candidate(str(index), records) for index, records in enumerate(leads)])

    assert (verdict.joined is not None) == (verdict.outcome is Outcome.JOIN)
    assert bool(verdict.suggestions) == (verdict.outcome is Outcome.SUGGEST)
    assert len(verdict.suggestions) <= 5
    if verdict.joined is not None and not verdict.joined.is_same_record:
        assert not verdict.joined.stopped_by
        assert verdict.joined.score >= 5


@unhurried
@given(RECORDS)
def test_a_record_with_a_company_and_a_contact_finds_itself(raw: Identity) -> None:
    record = normalise(raw)

    again = normalise(replace(raw, company=f" {raw.company}　"))

    assert blocking_keys(again) == blocking_keys(record)
    assert compare(record, again).score >= compare(record, normalise(Identity())).score


@unhurried
@given(PREPARED, PREPARED)
def test_records_that_share_a_strong_key_share_a_lock(one: NormalisedIdentity, other: NormalisedIdentity) -> None:
    common = set(lock_keys(one)) & set(lock_keys(other))

    assert set(buckets(common, "tenant")) <= set(buckets(lock_keys(one), "tenant")) & set(
        buckets(lock_keys(other), "tenant")
    )


@pytest.mark.parametrize("trials", [3000])
def test_two_batches_of_64_leads_almost_never_wait_for_each_other_by_accident(trials: int) -> None:
    def batch(offset: int) -> set[int]:
        leads = (
            normalise(Identity(phones=(f"139{offset + n:08d}",), email=f"u{offset + n}@x{offset + n}.cn"))
            for n in range(64)
        )
        return set(buckets([key for lead in leads for key in lock_keys(lead)], "tenant"))

    batches = [batch(71_000_000 + 64 * index) for index in range(trials // 64)]
    rivals = [(one, other) for index, one in enumerate(batches) for other in batches[:index]]

    waiting = sum(not one.isdisjoint(other) for one, other in rivals)

    assert waiting / len(rivals) < 0.01
