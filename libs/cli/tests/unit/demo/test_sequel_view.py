"""What follows the bell, as it is shown: every part in both languages, and the parts that were not played left out."""

from __future__ import annotations

import io
from dataclasses import fields, replace
from typing import Any, cast

import pytest

from chassis.error_texts import Locale
from throughline_cli.catalogue import Texts
from throughline_cli.demo.report import Report
from throughline_cli.demo.sequel_view import SequelView
from throughline_cli.session import Session

AT = "2026-03-20T02:00:00Z"
LEAD: dict[str, Any] = {"lead_id": "lead-1", "qualified_at": AT, "identity": {"company": "宁波和岳医院"}}
SCORE = {
    "probability_ppm": 180_000,
    "model_id": "m1",
    "log_odds": "-1516347",
    "base": "-1992430",
    "reasons": [{"text_zh_cn": "来源为“referral”", "text_en": "source is “referral”", "points": "476083"}],
}
MODEL = {
    "model_id": "m1",
    "number": 1,
    "state": "LIVE",
    "force_reason": "",
    "report": {
        "learned_rows": 1120,
        "learned_won": 130,
        "judged_rows": 480,
        "judged_won": 60,
        "auc": 0.64,
        "log_loss": 0.361,
        "base_log_loss": 0.377,
    },
}
LINE = {
    "metric_code": "lead_to_opportunity",
    "definition": {"name_zh": "线索转商机率", "name_en": "Lead to opportunity", "band": {"alarm_below": 30}},
    "total": {"numerator": "24", "denominator": "100", "value": 24.0, "verdict": "ALARM"},
}


def a_report(**parts: Any) -> Report:
    played: dict[str, Any] = {
        "filed_follow_ups": {
            "lead": LEAD,
            "owner": "陈德昌",
            "files": [{"file_id": "f1", "name": "需求访谈纪要.pdf"}],
            "follow_ups": [
                _a_follow_up("再考虑考虑", False, ["ACTION_ITEM", "NEW_DOCUMENT"], []),
                _a_follow_up("面谈需求", True, [], ["f1"]),
            ],
            "ratio": {"follow_ups": "40", "effective": "10", "effective_ratio_pct": 25.0},
        },
        "second_customer": {
            "match": {
                "typed": "和岳医院（设备科）",
                "match": {"name": "宁波和岳医院", "points": 7.5, "reasons": ["PHONE_EQUAL"], "links": []},
            },
            "merge": {"merged_at": AT, "reason": "同一家", "fields": [], "undone_at": AT, "undo_reason": "分开"},
            "timeline_while_merged": [{}, {}],
            "customers": [_a_customer("宁波和岳医院"), _a_customer("和岳医院（设备科）")],
        },
        "pool_claim": {
            "pool": {"leads": "0", "rules": {"name": "华东公海", "claims_per_day": 5, "cool_down_days": 30}},
            "lead": LEAD,
            "claims": [
                {"rep_id": "r1", "name": "陈德昌", "answer": "CLAIMED"},
                {"rep_id": "r2", "name": "孙慕白", "answer": "POOL_LEAD_TAKEN"},
            ],
        },
        "water_lines": {"month": "2026-03", "lines": [LINE], "alarms": 0, "alarm": None},
        "lead_models": {
            "failure": {},
            "models": [MODEL, MODEL | {"model_id": "m2", "number": 2, "state": "RETIRED"}],
            "leads": [
                LEAD | {"score": SCORE},
                LEAD | {"score": SCORE | {"model_id": "m2", "log_odds": "0"}},
                LEAD | {"score": SCORE},
            ],
        },
    }
    nothing = cast("Any", {key: {} for key in (field.name for field in fields(Report))})
    return replace(Report(**nothing), **(played | parts))


def _a_follow_up(summary: str, is_effective: bool, missing: list[str], files: list[str]) -> dict[str, Any]:
    verdict = {"is_effective": is_effective, "missing": missing}
    return {"occurred_at": AT, "summary": summary, "verdict": verdict, "file_ids": files}


def _a_customer(name: str) -> dict[str, Any]:
    entry = {"occurred_at": AT, "kind": "customer.merged", "department": "sales", "facts": {"fields": "0"}}
    return {
        "customer": {"customer_id": "c1", "version": "3", "profile": {"name": name}},
        "owner": "陈德昌",
        "changes": [{"changed_at": AT}],
        "timeline": [entry],
    }


def shown(report: Report, locale: Locale) -> str:
    out = io.StringIO()
    view = SequelView(Session(Texts(locale), {}, out, io.StringIO()), report)
    for part in (
        view.follow_ups,
        view.second_customer,
        view.timeline,
        view.water_lines,
        view.lead_models,
        view.pool_claim,
    ):
        part()
    return out.getvalue()


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        (
            "zh-CN",
            (
                "不算有效，缺：明确的行动项、新产生的业务文档",
                "需求访谈纪要.pdf",
                "PHONE_EQUAL",
                "18.0%",
                "预警",
                "已回滚",
                "孙慕白 同时领取，被告知 POOL_LEAD_TAKEN",
            ),
        ),
        ("en", ("missing: action item, new document", "Lead to opportunity", "source is “referral”", "rolled back")),
    ],
)
def test_every_part_is_told_in_the_language_asked_for(locale: Locale, words: tuple[str, ...]) -> None:
    told = shown(a_report(), locale)

    assert [word for word in words if word not in told] == []


def test_an_alarm_is_told_with_whose_it_is_and_who_heard_of_it() -> None:
    alarm = {"metric_code": "lead_to_opportunity", "value": 24.0}
    lines = {
        "month": "2026-03",
        "lines": [LINE],
        "alarms": 3,
        "alarms_by_line": {"lead_to_opportunity": 3},
        "alarm": alarm,
        "subject": "浙江组",
        "told": {"name": "孙慕白", "text": "低于 30%"},
    }

    told = shown(a_report(water_lines=lines), "zh-CN")

    assert "浙江组 的「线索转商机率」24.0%，低于 30%" in told
    assert "已告知 孙慕白：低于 30%" in told


def test_too_few_leads_to_learn_from_are_told_with_their_figures() -> None:
    failure = {"failure": "TOO_LITTLE_DATA", "figures": {"learn_won": "12", "needed": "100"}}

    told = shown(a_report(lead_models={"failure": failure, "models": [], "leads": []}), "en")

    assert "TOO_LITTLE_DATA learn_won=12, needed=100" in told


def test_parts_that_were_not_played_are_left_out() -> None:
    told = shown(a_report(filed_follow_ups={}, second_customer={}), "en")

    assert "Follow-ups with files" not in told
    assert "by customer id" not in told
