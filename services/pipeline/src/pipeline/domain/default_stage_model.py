"""The stage model of a tenant that has published none: five coarse stages refined to eight.

Opportunities keep its id. So it never changes: another default gets another id, and this one stays for those that run
on it.
"""

from typing import Any

from pipeline.domain.ids import StageModelId
from pipeline.domain.stage_model import ItemKind
from pipeline.domain.stage_model_document import parse

_Item = dict[str, Any]


def _tick(code: str, name_zh: str, name_en: str, *, required: bool = True) -> _Item:
    return {"code": code, "name_zh": name_zh, "name_en": name_en, "kind": ItemKind.TICK.value, "required": required}


def _field(code: str, name_zh: str, name_en: str, field: str) -> _Item:
    return {"code": code, "name_zh": name_zh, "name_en": name_en, "kind": ItemKind.FIELD.value, "field": field}


def _document(code: str, name_zh: str, name_en: str) -> _Item:
    return {"code": code, "name_zh": name_zh, "name_en": name_en, "kind": ItemKind.DOCUMENT.value, "document": code}


_DOCUMENT: dict[str, Any] = {
    "name_zh": "标准销售流程",
    "name_en": "Standard sales process",
    "won_from": "contract_signing",
    "phases": [
        {"code": "contact", "name_zh": "接触", "name_en": "Contact"},
        {"code": "needs", "name_zh": "需求", "name_en": "Needs"},
        {"code": "proposal", "name_zh": "方案", "name_en": "Proposal"},
        {"code": "negotiation", "name_zh": "谈判中", "name_en": "Negotiation"},
        {"code": "closing", "name_zh": "签约交付", "name_en": "Signing and handover"},
    ],
    "stages": [
        {
            "code": "first_contact",
            "name_zh": "初步接触",
            "name_en": "First contact",
            "phase": "contact",
            "win_probability_pct": 10,
            "exit_gate": [
                _tick("contact_identified", "已确认关键联系人", "Key contact identified"),
                _tick("pain_recorded", "已记录客户痛点", "Customer pain recorded"),
            ],
        },
        {
            "code": "needs_confirmed",
            "name_zh": "需求确认",
            "name_en": "Needs confirmed",
            "phase": "needs",
            "win_probability_pct": 20,
            "exit_gate": [
                _document("requirement_list", "需求清单", "List of requirements"),
                _field("budget_known", "已了解预算金额", "Budget amount known", "amount"),
                _tick("decision_chain", "已梳理决策链", "Decision chain mapped"),
            ],
        },
        {
            "code": "solution_demo",
            "name_zh": "方案演示",
            "name_en": "Solution demonstration",
            "phase": "proposal",
            "win_probability_pct": 35,
            "exit_gate": [
                _tick("demo_held", "已完成方案演示", "Demonstration held"),
                _document("meeting_minutes", "演示会议纪要", "Minutes of the demonstration"),
            ],
        },
        {
            "code": "technical_confirmation",
            "name_zh": "技术方案确认",
            "name_en": "Technical solution confirmed",
            "phase": "negotiation",
            "win_probability_pct": 50,
            "exit_gate": [
                _document("technical_confirmation", "签字版技术确认书", "Signed technical confirmation"),
                _tick("competitor_compared", "已完成竞品对比", "Compared with competitors", required=False),
            ],
        },
        {
            "code": "commercial_terms",
            "name_zh": "商务条款磋商",
            "name_en": "Commercial terms negotiated",
            "phase": "negotiation",
            "win_probability_pct": 65,
            "entry_gate": [
                _field("close_date_known", "已约定预计签约日期", "Expected signing date known", "expected_close_date")
            ],
            "exit_gate": [
                _document("quote", "正式报价单", "Formal quote"),
                _tick("payment_terms_agreed", "付款条款已达成一致", "Payment terms agreed"),
            ],
        },
        {
            "code": "legal_review",
            "name_zh": "法务审核",
            "name_en": "Legal review",
            "phase": "negotiation",
            "win_probability_pct": 80,
            "entry_gate": [_document("contract_draft", "合同草案", "Draft contract")],
            "exit_gate": [_tick("legal_approved", "法务审核通过", "Approved by legal")],
        },
        {
            "code": "contract_signing",
            "name_zh": "合同签署",
            "name_en": "Contract signing",
            "phase": "closing",
            "win_probability_pct": 90,
            "exit_gate": [_document("signed_contract", "双方签署的合同", "Contract signed by both sides")],
        },
        {
            "code": "delivery_start",
            "name_zh": "交付启动",
            "name_en": "Start of delivery",
            "phase": "closing",
            "win_probability_pct": 95,
            "exit_gate": [_tick("kickoff_held", "交付启动会已召开", "Delivery kick-off held")],
        },
    ],
}

DEFAULT_STAGE_MODEL = parse(
    _DOCUMENT, model_id=StageModelId("01930000-0000-7000-8000-00000057a6e0"), product_line="", version=0
)
"""First contact 初步接触 to start of delivery 交付启动; opportunities are won from the signing 合同签署 on."""
