"""What is looked for, in all four kinds of things."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import grpc
from google.protobuf.message import Message

from load.lists.cases import Case, List, ListsOfService
from load.lists.names import KeyTable, company_keys, lead_keys, person_keys
from load.lists.of_collab import CONTACTS, CUSTOMERS
from load.lists.of_lead_router import FILLING as LEADS
from load.lists.of_pipeline import OPPORTUNITIES
from load.measuring.crowd import DIRECTOR, HEAD, LEADER, REP
from throughline.collab.v1.contact_service_pb2 import SearchContactsRequest
from throughline.collab.v1.contact_service_pb2_grpc import ContactServiceStub
from throughline.collab.v1.customer_service_pb2 import SearchCustomersRequest
from throughline.collab.v1.customer_service_pb2_grpc import CustomerServiceStub
from throughline.lead_router.v1.lead_service_pb2 import SearchLeadsRequest
from throughline.lead_router.v1.lead_service_pb2_grpc import LeadServiceStub
from throughline.pipeline.v1.opportunity_service_pb2 import SearchOpportunitiesRequest
from throughline.pipeline.v1.opportunity_service_pb2_grpc import OpportunityServiceStub

_COMPANY = {
    "two characters": "恒昌",
    "three characters": "恒昌明",
    "what half of all are called": "有限公司",
    "pinyin": "hengchang",
    "initials": "hc",
    "one letter": "z",
}
_PERSON = {
    "two characters": "王伟",
    "pinyin": "wangwei",
    "initials": "ww",
    "a phone's beginning": "13912",
    "a phone's last four": "1234",
    "one letter": "z",
}


def _cases(request: Callable[..., Message], queries: Mapping[str, str]) -> list[Case]:
    return [
        Case(who, f"{what}, {whose}", request(query=query), may_be_empty=True)
        for who, whose in ((REP, "own"), (LEADER, "a team"), (HEAD, "ten teams"), (DIRECTOR, "all"))
        for what, query in queries.items()
    ]


def _search(name: str, table: str, stub: Callable[[grpc.aio.Channel], Any], id_: str, cases: list[Case]) -> List:
    method = f"Search{name.capitalize()}"
    return List(name, table, stub, method, name, id_, cases)


_LEAD_SEARCH = _search(
    "leads", "lead", LeadServiceStub, "lead_id", _cases(SearchLeadsRequest, {**_COMPANY, "a phone": "13912"})
)
_OPPORTUNITY_SEARCH = _search(
    "opportunities", "opportunity", OpportunityServiceStub, "opportunity_id",
    _cases(SearchOpportunitiesRequest, _COMPANY),
)  # fmt: skip
_CUSTOMER_SEARCH = _search(
    "customers", "customer", CustomerServiceStub, "customer_id", _cases(SearchCustomersRequest, _COMPANY)
)
_CONTACT_SEARCH = _search(
    "contacts", "customer_contact", ContactServiceStub, "contact.contact_id", _cases(SearchContactsRequest, _PERSON)
)
SEARCHES = (
    (
        ListsOfService("lead_router", [_LEAD_SEARCH], [LEADS]),
        [KeyTable("lead_search_key", "SELECT id AS lead_id FROM lead", lead_keys, ("key", "is_personal"))],
    ),
    (
        ListsOfService("pipeline", [_OPPORTUNITY_SEARCH], [OPPORTUNITIES]),
        [KeyTable("opportunity_search_key", "SELECT id AS opportunity_id FROM opportunity", company_keys)],
    ),
    (
        ListsOfService("collab", [_CUSTOMER_SEARCH, _CONTACT_SEARCH], [CUSTOMERS, CONTACTS]),
        [
            KeyTable("customer_search_key", "SELECT id AS customer_id FROM customer", company_keys),
            KeyTable(
                "customer_contact_search_key",
                "SELECT id AS contact_id, customer_id FROM customer_contact",
                person_keys,
            ),
        ],
    ),
)
