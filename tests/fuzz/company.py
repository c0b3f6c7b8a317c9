"""A tenant on a running suite, with one person for each role and one of everything that requests may name."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from chassis.ids import new_id
from embedded.credentials import Credentials
from embedded.services import OPERATOR
from embedded.suite import Suite

SERVICE = "service"
"""Calls as one of our services, on behalf of the tenant."""
_CLIENT = "pipeline"
_ADMIN = "admin"
_ROLES = (
    "director", "supervisor", "rep", "marketing", "presales", "legal", "delivery", "finance", "customer_success",
    "compliance",
)  # fmt: skip
_SPARE = "spare"
"""A person whom requests may deactivate."""
_FOREVER_S = 60.0


@dataclass(frozen=True, slots=True)
class Company:
    """What a test knows of the tenant."""

    tenant_id: str
    tokens: Mapping[str, str]
    """By role; `operator` and `service` among them."""
    known: Mapping[str, Any]
    """By the name of a request's field: the id of a thing that is there, or a value that means something."""

    def headers(self, role: str) -> dict[str, str]:
        """How somebody of this role introduces themselves, over HTTP and gRPC alike; nobody with the empty role."""
        if not role:
            return {}
        bearer = {"authorization": f"Bearer {self.tokens[role]}"}
        return {**bearer, "x-tenant": self.tenant_id} if role in {SERVICE, OPERATOR} else bearer


_ROUTING_POLICY: Mapping[str, Any] = {
    "name": "Fuzz",
    "eligibility": {
        "clauses": [{"id": "region", "when": "lead.region in rep.region", "if_unknown": "pass"}],
        "ka_on_smb": "discount",
    },
    "priority": {"classes": [{"id": "tender", "when": "'tender' in lead.attachment_types", "factor": 1.2}]},
    "worth": {"default_worth": {"KA": 10, "SMB": 1, "other": 2}},
    "sla": {"response_minutes": 120, "response_counts": "working"},
    "offers": {"mode": "assign", "timeout_minutes": 15},
}
_STAGE_MODEL: Mapping[str, Any] = {
    "name_zh": "流程",
    "name_en": "Process",
    "won_from": "sign",
    "phases": [{"code": "early", "name_zh": "前期", "name_en": "Early"}],
    "stages": [
        {
            "code": "talk",
            "name_zh": "接触",
            "name_en": "Talk",
            "phase": "early",
            "win_probability_pct": 10,
            "entry_gate": [{"code": "d", "name_zh": "纪要", "name_en": "Minutes", "kind": "document", "document": "m"}],
            "exit_gate": [{"code": "f", "name_zh": "金额", "name_en": "Amount", "kind": "field", "field": "amount"}],
        },
        {"code": "sign", "name_zh": "签署", "name_en": "Sign"},
    ],
}


_METRIC: Mapping[str, Any] = {
    "name_zh": "转化",
    "name_en": "Conversion",
    "owner_role": "director",
    "formula_zh": "占比",
    "formula_en": "share",
    "grain_zh": "线索",
    "grain_en": "lead",
    "unit": "percent",
    "numerator": ["with_opportunity"],
    "denominator": ["received"],
    "band": {"healthy_from": 35, "healthy_to": 45, "alarm_below": 30, "minimum": 20},
}
_DOCUMENTS = {"pipeline": _STAGE_MODEL, "scoring": _METRIC}


def document_of(service: str) -> Mapping[str, Any]:
    """What a service keeps as a document: a stage model, a metric, or a routing policy."""
    return _DOCUMENTS.get(service, _ROUTING_POLICY)


def found(suite: Suite) -> Company:
    """Makes the tenant, its people, a rep in routing, a lead with follow-up and opportunity, a file, an open import."""
    with httpx.Client(base_url=suite.endpoints().http, timeout=_FOREVER_S) as http:
        return _Founding(suite, http).company()


class _Founding:
    def __init__(self, suite: Suite, http: httpx.Client) -> None:
        self._http = http
        self._tenant_id = new_id()
        self._secrets = Credentials(suite.folder).secrets((OPERATOR, _CLIENT), prefix="client")
        self._operator = self._token("", client=OPERATOR)

    def company(self) -> Company:
        self._call("POST", "/v1/tenants", self._operator, {
            "tenant_id": self._tenant_id, "name": "Fuzz", "admin_subject": _ADMIN, "admin_name": "Admin",
        })  # fmt: skip
        self._settle()
        tokens = {role: self._token(role) for role in (_ADMIN, *_ROLES)}
        tokens |= {OPERATOR: self._operator, SERVICE: self._token("", client=_CLIENT)}
        self._call("POST", "/v1/directory:import", tokens[_ADMIN], _directory())
        self._settle()
        return Company(self._tenant_id, tokens, self._known(tokens))

    def _known(self, tokens: Mapping[str, str]) -> dict[str, Any]:
        people = self._call("GET", "/v1/people", tokens[_ADMIN])["people"]
        by_subject = {person["subject"]: person for person in people}
        rep = by_subject["rep"]
        rep_id = rep["person_id"]
        self._call("PUT", f"/v1/reps/{rep_id}", tokens[_ADMIN], {"profile": _PROFILE, "version": "0"})
        lead = self._call("POST", "/v1/leads", tokens["director"], {"submission": _SUBMISSION})["lead"]
        follow_up = {"lead_id": lead["lead_id"], "channel": "PHONE", "summary": "called"}
        recorded = self._call("POST", "/v1/follow-ups", tokens["director"], follow_up)["follow_up"]
        wanted = {"profile": {"name": "杭州恒昌信息技术有限公司"}}
        customer_id = self._call("POST", "/v1/customers", tokens["director"], wanted)["customer"]["customer_id"]
        person = {"profile": {"name": "张伟"}}
        contact = self._call("POST", f"/v1/customers/{customer_id}/contacts", tokens["director"], person)["contact"]
        sale = {"customer_id": customer_id, "lead_id": lead["lead_id"], "title": "CT", "owner_id": rep_id}
        opportunity = self._call("POST", "/v1/opportunities", tokens["director"], sale)["opportunity"]
        survivor_id, merged_id = self._two_customers(tokens["director"])
        due_at = (datetime.now(UTC) + timedelta(days=300)).isoformat()
        to_do = {"title": "quote", "assignee_id": rep_id, "due_at": due_at, "customer_id": customer_id}
        task = self._call("POST", "/v1/tasks", tokens["director"], to_do)["task"]
        started = self._call("POST", "/v1/lead-imports", tokens[_ADMIN], {"file_name": "a.csv", "digest": _DIGEST})
        return {
            **_WORDS,
            **self._filed(tokens["director"]),
            "person_id": by_subject[_SPARE]["person_id"],
            "rep_id": rep_id,
            "owner_id": rep_id,
            "team_id": rep["team_id"],
            "lead_id": lead["lead_id"],
            "follow_up_id": recorded["follow_up_id"],
            "opportunity_id": opportunity["opportunity_id"],
            "stage_model_id": opportunity["stage_model_id"],
            "item_code": "pain_recorded",
            "stage": "legal_review",
            "reason": "asked for by the customer",
            "DeclineOfferRequest.reason": "TOO_FAR",
            "expected_close_date": "2026-12-31",
            "customer_id": customer_id,
            "contact_id": contact["contact_id"],
            "survivor_id": survivor_id,
            "merged_id": merged_id,
            "task_id": task["task_id"],
            "assignee_id": rep_id,
            "import_id": started["import"]["import_id"],
            "metric_code": "own_share",
            "figure": "received",
            "month": "2026-03",
        }

    def _filed(self, token: str) -> dict[str, Any]:
        """A file that was sent, checked and shared."""
        content = b"word"
        announced = self._call("POST", "/v1/files", token, {"name": "word", "kind": "word", "size_bytes": "4"})
        sent = self._http.put(announced["path"], content=content, headers={"authorization": f"Bearer {token}"})
        assert sent.is_success, sent.text
        self._settle()
        file = announced["file"]
        shared = self._call("POST", f"/v1/files/{file['file_id']}:share", token, {"days": 3})
        download = self._call("POST", f"/v1/files/{file['file_id']}:download", token)
        return {
            "OpenDownloadRequest.ticket": download["ticket"],
            "file_id": file["file_id"],
            "file_link_id": shared["link"]["file_link_id"],
            "ticket": announced["ticket"],
            "holder": file["uploaded_by"],
        }

    def _two_customers(self, token: str) -> list[str]:
        """Customers that requests may merge, apart from the one that all others name."""
        names = ("武汉江岸骨科医院", "宁波海曙口腔门诊部")
        made = [self._call("POST", "/v1/customers", token, {"profile": {"name": name}}) for name in names]
        return [each["customer"]["customer_id"] for each in made]

    def _settle(self) -> None:
        """Waits until every service has heard of everybody."""
        self._call("POST", "/v1/clock:settle", self._operator)

    def _token(self, subject: str, *, client: str = OPERATOR) -> str:
        path, form = "/oauth/token", {"grant_type": "client_credentials"}
        if subject:
            path, form = "/oauth/token:person", {"tenant_id": self._tenant_id, "subject": subject}
        answer = self._http.post(path, data=form, auth=(client, self._secrets[client]))
        return str(answer.raise_for_status().json()["access_token"])

    def _call(self, method: str, path: str, token: str, body: Any = None) -> Any:
        headers = {"authorization": f"Bearer {token}"}
        answer = self._http.request(method, path, json=body, headers=headers)
        assert answer.is_success, f"{method} {path}: {answer.text}"
        return answer.json()


def _directory() -> dict[str, Any]:
    people = [
        {
            "employee_no": subject,
            "name": subject,
            "subject": subject,
            "team": "Sales",
            "supervisor_employee_no": "supervisor" if subject in {"rep", _SPARE} else "",
            "roles": ["rep" if subject == _SPARE else subject],
        }
        for subject in (*_ROLES, _SPARE)
    ]
    return {"teams": [{"team": "Sales", "leader_employee_no": "supervisor", "kind": "sales"}], "people": people}


_DIGEST = hashlib.sha256(b"a file").hexdigest()
_WORDS = {
    "digest": _DIGEST,
    "date": datetime.now(UTC).date().isoformat(),
    "email": "somebody@example.com",
    "zone": "Asia/Shanghai",
    "currency": "CNY",
    "locale": "zh-CN",
    "role": "rep",
    "team": "Sales",
    "parent_team": "",
    "leader_employee_no": "supervisor",
    "supervisor_employee_no": "supervisor",
    "employee_no": _SPARE,
    "subject": _SPARE,
    "aggregate": "",
    "grade": "A",
    "code": "A",
    "key_field": "kind",
    "credit_code": "",
    "reports_to": "",
    "phone": "13490001234",
    "start_minute": 0,
    "end_minute": 600,
    "permission": "lead.submit",
    "url": "https://hooks.example.com/throughline",
    "event_type": "LeadAssigned",
    "EventFilter.field": "owner_id",
}
_SUBMISSION = {
    "identity": {"company": "浙江恒昌医疗科技有限公司", "person": "王伟", "phone": "13490000001"},
    "origin": {"source": "website"},
    "profile": {"industry": "clinic", "region": "浙江", "segment": "SMB", "product_line": "imaging"},
}
_PROFILE = {
    "industries": ["clinic"],
    "regions": ["浙江"],
    "segments": ["SMB"],
    "product_lines": ["imaging"],
    "shifts": [{"weekday": day, "start_minute": 0, "end_minute": 1440} for day in range(1, 8)],
    "open_cap": 1000,
    "daily_cap": 1000,
    "weight_pct": 100,
}
