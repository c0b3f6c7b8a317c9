"""The policy that a new tenant starts from: that of a distributor of medical devices.

Hospitals are key accounts 大客户 with long purchases, clinics and pharmacies are SMB 中小客户. Everything not written
here has the default of `policy.py`.
"""

from collections.abc import Mapping
from typing import Any

from lead_router.domain.routing.policy import Policy
from lead_router.domain.routing.policy_document import parse

MEDICAL_DISTRIBUTOR: Mapping[str, Any] = {
    "name": "医疗器械经销 · 标准策略",
    "currency": "CNY",
    "match": {
        "weights": {
            "industry": 25,
            "region": 15,
            "segment": 15,
            "product_line": 20,
            "language": 5,
            "budget_tier": 5,
            "purchase_stage": 5,
            "tech_preference": 10,
        },
    },
    "eligibility": {
        "ka_on_smb": "discount",
        "territory": "prefer",
    },
    "priority": {
        "classes": [
            {"id": "tender", "when": "lead.source == 'tender'", "factor": 1.2},
        ],
    },
    "worth": {
        "default_worth": {"KA": 480000, "SMB": 36000, "other": 60000},
        "base_rate": {"KA": 0.08, "SMB": 0.12, "other": 0.1},
    },
    "sla": {"response_minutes": 120, "response_counts": "working", "follow_up_hours": 48},
}


def medical_distributor(policy_id: str, version: int) -> Policy:
    return parse(MEDICAL_DISTRIBUTOR, policy_id=policy_id, version=version)
