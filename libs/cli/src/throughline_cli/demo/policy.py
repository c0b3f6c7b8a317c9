"""The routing policy of the sample company. What it leaves out has the router's defaults."""

from __future__ import annotations

from statistics import median
from typing import Any

from sample_company import SampleCompany


def routing_policy(company: SampleCompany) -> dict[str, Any]:
    """The document: regions bind, tenders come first, the response clock counts working time.

    Where a lead names no amount, one for small customers is worth the median list price, one for key accounts ten such.
    """
    price = median(product.list_price_hundredths for product in company.products) // 100
    return {
        "name": f"{company.name} · 线索分配",
        "currency": "CNY",
        "eligibility": {
            "clauses": [{"id": "region", "when": "lead.region in rep.region", "if_unknown": "pass"}],
            "ka_on_smb": "discount",
        },
        "priority": {"classes": [{"id": "tender", "when": "'tender' in lead.attachment_types", "factor": 1.2}]},
        "worth": {
            "default_worth": {"KA": int(price) * 10, "SMB": int(price), "other": int(price) * 2},
            "base_rate": {"KA": 0.08, "SMB": 0.12, "other": 0.1},
        },
        "sla": {"response_minutes": 120, "response_counts": "working", "follow_up_hours": 48},
    }
