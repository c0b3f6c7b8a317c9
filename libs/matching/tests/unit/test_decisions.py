"""Join, suggest or new, and the rules that stop a join."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from matching.context import Counts
from matching.decision import Candidate, JoinRule, LinkKind, Outcome, Verdict, decide
from matching.identity import NormalisedIdentity
from matching.points import Points

from ..builders import a_record

CODE = "91350100M000100Y43"
OTHER_CODE = "91440300708461136T"
FULL = "深圳市恒昌科技有限公司"
MOBILE = "13900001234"


def a_lead(lead_id: str, *records: dict[str, Any], not_same: bool = False) -> Candidate:
    return Candidate(lead_id, [a_record(**record) for record in records], not_same)


def decided(new: dict[str, Any], *leads: Candidate, context: Counts | None = None) -> Verdict:
    """The verdict, the same in any order of leads and of their records."""
    record = a_record(**new)
    verdicts = [
        decide(
            record,
            [Candidate(lead.lead_id, lead.records[::-1], lead.not_same) for lead in order],
            context=context or Counts(),
        )
        for order in itertools.permutations(leads)
    ]
    straight = decide(record, leads, context=context or Counts())
    assert all(verdict == straight for verdict in verdicts)
    return straight


def stops(verdict: Verdict) -> set[JoinRule]:
    return {rule for match in verdict.suggestions for rule in match.stopped_by}


def links(verdict: Verdict) -> set[tuple[str, LinkKind]]:
    return {(match.lead_id, link) for match in verdict.linked for link in match.links}


def test_a_record_that_resembles_no_lead_is_new() -> None:
    verdict = decided({"company": FULL}, a_lead("a", {"company": "上海明达贸易有限公司"}))

    assert (verdict.outcome, verdict.joined, verdict.suggestions) == (Outcome.NEW, None, ())


def test_without_candidates_a_record_is_new() -> None:
    assert decided({"company": FULL}).outcome is Outcome.NEW


def test_an_equal_full_name_with_form_and_region_joins() -> None:
    verdict = decided({"company": FULL}, a_lead("a", {"company": FULL}), a_lead("b", {"company": "明达贸易有限公司"}))

    assert verdict.outcome is Outcome.JOIN
    assert verdict.joined is not None
    assert (verdict.joined.lead_id, verdict.joined.score) == ("a", 6)


def test_the_same_company_in_other_words_joins_with_a_contact() -> None:
    new = {"company": "恒昌技术", "phone": MOBILE}

    verdict = decided(new, a_lead("a", {"company": FULL, "phone": f"+86 {MOBILE}"}))

    assert verdict.outcome is Outcome.JOIN


def test_a_likely_lead_is_suggested_with_its_reasons() -> None:
    verdict = decided({"company": "恒昌科技", "city": "深圳"}, a_lead("a", {"company": FULL, "city": "深圳"}))

    assert verdict.outcome is Outcome.SUGGEST
    (match,) = verdict.suggestions
    assert match.is_shown
    assert sum(reason.points for reason in match.best.reasons) == match.score == 3.5


def test_an_unlikely_lead_is_listed_quietly() -> None:
    verdict = decided({"company": "深圳恒飞科技有限公司"}, a_lead("a", {"company": FULL, "person": "张伟"}))

    assert [match.is_shown for match in verdict.suggestions] == [True]

    verdict = decided({"company": "恒飞科技", "city": "深圳"}, a_lead("a", {"company": "恒昌科技"}))

    assert [(match.score, match.is_shown) for match in verdict.suggestions] == [(0, False)]


def test_at_most_five_leads_are_suggested_best_first() -> None:
    leads = [a_lead(f"a{number}", {"company": "恒昌科技", "city": "深圳"}) for number in range(4)]
    leads += [a_lead(f"b{number}", {"company": "恒昌科技"}) for number in range(3)]

    verdict = decide(a_record(company=FULL, city="深圳"), leads[::-1])

    assert [match.lead_id for match in verdict.suggestions] == ["a0", "a1", "a2", "a3", "b0"]


def test_two_leads_that_fit_are_a_question_for_a_person() -> None:
    verdict = decided({"company": FULL}, a_lead("a", {"company": FULL}), a_lead("b", {"company": FULL}))

    assert verdict.outcome is Outcome.SUGGEST
    assert [match.lead_id for match in verdict.suggestions] == ["a", "b"]


def test_a_lead_two_points_ahead_is_joined() -> None:
    new = {"company": FULL, "city": "深圳", "person": "张伟"}
    ahead = a_lead("a", {"company": FULL, "city": "深圳", "person": "张伟"})

    assert decided(new, ahead, a_lead("b", {"company": FULL, "city": "深圳"})).outcome is Outcome.JOIN


def test_the_most_similar_record_of_a_lead_counts() -> None:
    lead = a_lead("a", {"company": "恒昌科技"}, {"company": FULL, "phone": MOBILE}, {"person": "李娜"})

    verdict = decided({"company": FULL, "phone": MOBILE}, lead)

    assert verdict.joined is not None
    assert verdict.joined.best.reasons[1].left == "深圳市恒昌科技有限公司"


def test_a_lead_without_records_is_passed_over() -> None:
    assert decided({"company": FULL}, a_lead("a")).outcome is Outcome.NEW


class TestTheSameRecordSentAgain:
    def test_joins_by_source_and_external_id_alone(self) -> None:
        record = {"source": "partner", "external_id": "A-1"}

        verdict = decided(record, a_lead("a", record), a_lead("b", {"source": "partner", "external_id": "A-2"}))

        assert verdict.outcome is Outcome.JOIN
        assert verdict.joined is not None
        assert (verdict.joined.lead_id, verdict.joined.is_same_record) == ("a", True)

    def test_joins_also_when_everything_else_was_corrected(self) -> None:
        sent = {"source": "partner", "external_id": "A-1", "company": "明达", "credit_code": OTHER_CODE}
        again = {"source": "partner", "external_id": "A-1", "company": FULL, "credit_code": CODE}

        verdict = decided(again, a_lead("a", sent), a_lead("b", {"company": FULL, "credit_code": CODE}))

        assert verdict.joined is not None
        assert verdict.joined.lead_id == "a"

    def test_is_another_record_when_the_source_is_another(self) -> None:
        new = {"source": "form", "external_id": "A-1"}

        assert decided(new, a_lead("a", {"source": "partner", "external_id": "A-1"})).outcome is not Outcome.JOIN

    def test_stays_apart_from_what_a_person_called_another_customer(self) -> None:
        record = {"source": "partner", "external_id": "A-1"}

        assert decided(record, a_lead("a", record, not_same=True)).outcome is Outcome.NEW

    def test_asks_when_two_leads_carry_it(self) -> None:
        record = {"source": "partner", "external_id": "A-1"}

        verdict = decided(record, a_lead("a", record), a_lead("b", record))

        assert verdict.outcome is Outcome.SUGGEST


def test_rule_1_two_credit_codes_never_join() -> None:
    new = {"company": FULL, "phone": MOBILE, "credit_code": CODE}

    verdict = decided(new, a_lead("a", {"company": FULL, "phone": MOBILE}, {"credit_code": OTHER_CODE}))

    assert verdict.outcome is Outcome.SUGGEST
    assert stops(verdict) == {JoinRule.CREDIT_CODES_DIFFER}


@pytest.mark.parametrize("lead", ["深圳市恒昌科技有限公司", "深圳市恒昌科技有限公司广州分公司"])
def test_rule_2_a_branch_never_joins_its_head_office_or_another_branch(lead: str) -> None:
    new = {"company": "深圳市恒昌科技有限公司北京分公司", "phone": MOBILE, "email": "a@hengchang.cn"}

    verdict = decided(new, a_lead("a", {"company": lead, "phone": MOBILE, "email": "a@hengchang.cn"}))

    assert stops(verdict) == {JoinRule.BRANCH_DIFFERS}
    assert links(verdict) == {("a", LinkKind.BRANCH_OF)}


def test_the_same_branch_joins() -> None:
    branch = {"company": "深圳市恒昌科技有限公司北京分公司"}

    assert decided(branch, a_lead("a", branch)).outcome is Outcome.JOIN


def test_rule_3_other_numbers_never_join() -> None:
    contact = {"phone": MOBILE, "email": "a@hengchang.cn"}

    verdict = decided(
        {"company": "恒建一局有限公司", **contact}, a_lead("a", {"company": "恒建三局有限公司", **contact})
    )

    assert stops(verdict) == {JoinRule.NUMBERS_DIFFER}


@pytest.mark.parametrize("contact", [{"email": "a@hengchang.cn"}, {"phone": "400-820-1234"}])
def test_rule_4_other_regions_never_join_and_are_siblings_when_they_share_a_house(contact: dict[str, str]) -> None:
    new = {"company": FULL, "person": "张伟", "city": "深圳", **contact}
    lead = {"company": "上海恒昌科技有限公司", "person": "张伟", "city": "深圳", **contact}

    verdict = decided(new, a_lead("a", lead))

    assert stops(verdict) == {JoinRule.REGIONS_CONFLICT}
    assert links(verdict) == {("a", LinkKind.SIBLING)}


def test_other_regions_without_a_common_house_are_no_siblings() -> None:
    verdict = decided({"company": FULL}, a_lead("a", {"company": "上海恒昌科技有限公司"}))

    assert links(verdict) == set()


@pytest.mark.parametrize("company", ["深圳明达贸易有限公司", "深圳恒昌餐饮有限公司"])
@pytest.mark.parametrize("contact", [{"phone": MOBILE}, {"email": "a@qq.com"}])
def test_rule_5_other_names_with_one_contact_are_the_same_person_only(company: str, contact: dict[str, str]) -> None:
    new = {"company": FULL, "person": "张伟", "city": "深圳", **contact}

    verdict = decided(new, a_lead("a", {"company": company, "person": "张伟", "city": "深圳", **contact}))

    assert verdict.outcome is Outcome.SUGGEST
    assert stops(verdict) == {JoinRule.NAMES_DISAGREE}
    assert links(verdict) == {("a", LinkKind.SAME_PERSON)}


def test_the_same_person_is_linked_even_when_the_score_makes_no_suggestion() -> None:
    new = {"company": "恒昌科技有限公司", "phone": MOBILE}

    verdict = decided(new, a_lead("a", {"company": "明达贸易有限公司", "phone": MOBILE}))

    assert verdict.outcome is Outcome.NEW
    assert links(verdict) == {("a", LinkKind.SAME_PERSON)}


def test_a_renamed_company_joins_by_its_credit_code() -> None:
    new = {"company": FULL, "credit_code": CODE, "phone": MOBILE}

    verdict = decided(new, a_lead("a", {"company": "明达贸易有限公司", "credit_code": CODE, "phone": MOBILE}))

    assert verdict.outcome is Outcome.JOIN


def test_an_alias_that_fits_no_other_name_of_the_lead_does_not_stop_a_join() -> None:
    lead = a_lead("a", {"company": "中国云海重工股份有限公司", "phone": MOBILE}, {"company": "大云"})

    assert decided({"company": "大云", "phone": MOBILE, "person": "张伟"}, lead).outcome is Outcome.SUGGEST
    assert decided({"company": "中国云海重工股份有限公司", "phone": MOBILE}, lead).outcome is Outcome.JOIN


def test_rule_6_an_almost_equal_name_alone_never_joins_whatever_the_policy() -> None:
    generous = Points(core_homophone=9)
    new, lead = {"company": FULL}, {"company": "深圳市横畅科技有限公司"}

    alone = decide(a_record(**new), [a_lead("a", lead)], generous)
    with_contact = decide(a_record(**new, phone=MOBILE), [a_lead("a", {**lead, "phone": MOBILE})], generous)

    assert stops(alone) == {JoinRule.NAME_ALONE_ALMOST}
    assert with_contact.outcome is Outcome.JOIN


def test_rule_7_a_shared_phone_joins_nothing() -> None:
    new = {"company": "恒昌技术", "phone": MOBILE}
    lead = a_lead("a", {"company": FULL, "phone": MOBILE})

    assert decided(new, lead).outcome is Outcome.JOIN
    assert decided(new, lead, context=Counts(phones={f"+86{MOBILE}": 5})).outcome is Outcome.SUGGEST


class TestRule8WithoutCompany:
    @pytest.mark.parametrize("contact", [{"phone": MOBILE}, {"email": "a@hengchang.cn"}, {"credit_code": CODE}])
    def test_joins_by_what_belongs_to_one_person_or_unit(self, contact: dict[str, str]) -> None:
        new = {"person": "张伟", **contact}

        assert decided(new, a_lead("a", {"person": "张伟", "company": FULL, **contact})).outcome is Outcome.JOIN
        assert decided(new, a_lead("a", {"person": "张伟", **contact})).outcome is Outcome.JOIN

    def test_does_not_join_by_what_colleagues_share(self) -> None:
        contact = {"person": "张伟", "phone": "0755-22223333", "city": "深圳"}

        verdict = decided(contact, a_lead("a", {**contact, "company": FULL}))

        assert stops(verdict) == {JoinRule.NO_COMPANY}

    def test_does_not_join_when_its_phone_leads_to_two_leads(self) -> None:
        new = {"person": "张伟", "phone": MOBILE}

        verdict = decided(new, a_lead("a", {"person": "张伟", "phone": MOBILE}), a_lead("b", {"phone": MOBILE}))

        assert verdict.outcome is Outcome.SUGGEST
        assert JoinRule.NO_COMPANY in stops(verdict)

    def test_a_phone_alone_is_suggested(self) -> None:
        verdict = decided({"phone": MOBILE}, a_lead("a", {"phone": MOBILE}))

        assert [(match.score, match.is_shown) for match in verdict.suggestions] == [(3.5, True)]

    def test_a_record_with_a_company_meets_a_lead_without_by_the_same_rule(self) -> None:
        contact = {"person": "张伟", "phone": "0755-22223333", "city": "深圳"}

        assert decided({**contact, "company": FULL}, a_lead("a", contact)).outcome is Outcome.SUGGEST


def test_rule_9_not_the_same_is_for_ever() -> None:
    everything = {"company": FULL, "phone": MOBILE, "credit_code": CODE}

    verdict = decided(everything, a_lead("a", everything, not_same=True))

    assert (verdict.outcome, verdict.suggestions) == (Outcome.NEW, ())


def test_what_is_not_the_same_is_no_rival_either() -> None:
    new = {"company": FULL}

    verdict = decided(new, a_lead("a", {"company": FULL}), a_lead("b", {"company": FULL}, not_same=True))

    assert verdict.joined is not None
    assert verdict.joined.lead_id == "a"


def test_a_rule_is_checked_against_every_record_of_a_lead() -> None:
    lead = a_lead("a", {"company": FULL}, {"company": "上海恒昌科技有限公司"})

    assert stops(decided({"company": FULL}, lead)) == {JoinRule.REGIONS_CONFLICT}


def test_a_verdict_survives_json() -> None:
    verdict = decided({"company": "恒昌科技", "city": "深圳"}, a_lead("a", {"company": FULL, "city": "深圳"}))

    stored = json.loads(json.dumps(verdict.to_dict()))

    assert (stored["outcome"], stored["policy_version"], stored["norm_version"]) == ("SUGGEST", 1, 1)
    assert stored["suggestions"][0]["best"]["score"] == verdict.suggestions[0].score


def test_prepared_records_decide_like_fresh_ones() -> None:
    stored = a_record(company=FULL, phone=MOBILE).to_dict()

    verdict = decide(a_record(company=FULL), [Candidate("a", [NormalisedIdentity.from_dict(stored)])])

    assert verdict.outcome is Outcome.JOIN
