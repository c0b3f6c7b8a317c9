"""The REST surface as a whole."""

from __future__ import annotations

import pytest
from google.protobuf.descriptor import MethodDescriptor

from gateway.transcoding.contracts import Contracts
from gateway.transcoding.entity_tags import is_among, tag_of, version_in
from gateway.transcoding.json_mapper import JsonMapper
from gateway.transcoding.routes import RouteTable, routes_of
from throughline.common.v1 import access_pb2
from throughline.lead_router.v1.lead_pb2 import Lead
from throughline.lead_router.v1.lead_service_pb2 import SubmitLeadResponse

CONTRACTS = Contracts.load()
TABLE = RouteTable(CONTRACTS, JsonMapper())
BY_METHOD = {route.method.name: route for route in TABLE.routes}


@pytest.mark.parametrize("method", CONTRACTS.methods, ids=lambda method: method.full_name)
def test_every_method_is_either_routed_or_marked_internal(method: MethodDescriptor) -> None:
    access = method.GetOptions().Extensions[access_pb2.access]

    is_routed = bool(list(routes_of(method, JsonMapper())))

    assert is_routed != access.internal, f"{method.full_name}: give it a google.api.http rule, or mark it internal"
    assert access.permission, f"{method.full_name}: name the permission that it needs"


@pytest.mark.parametrize("route", TABLE.routes, ids=lambda route: f"{route.http_method} {route.template}")
def test_every_route_is_found_by_its_own_path(route: object) -> None:
    path = str(route.template)  # type: ignore[attr-defined]  # parametrised
    for name in route.template.variables:  # type: ignore[attr-defined]  # parametrised
        path = path.replace(f"{{{name}}}", "x")

    match = TABLE.match(route.http_method, path)  # type: ignore[attr-defined]  # parametrised

    assert match is not None
    assert match.found is route


def test_operations_belong_to_the_service_that_the_path_names() -> None:
    assert BY_METHOD["GetQuiescence"].owner is None
    assert BY_METHOD["SubmitLead"].owner == "lead-router"
    assert BY_METHOD["GetMe"].owner == "collab"


def test_the_version_of_a_response_is_that_of_its_only_resource() -> None:
    version_of = BY_METHOD["SubmitLead"].version_of

    assert version_of is not None
    assert version_of(SubmitLeadResponse(lead=Lead(version=7))) == 7
    assert BY_METHOD["GetCalendar"].version_of is not None
    assert BY_METHOD["ListLeads"].version_of is None
    assert BY_METHOD["GetFunnel"].version_of is None


def test_a_head_is_found_as_a_get() -> None:
    match = TABLE.match("HEAD", "/v1/leads/x")

    assert match is not None
    assert match.found is BY_METHOD["GetLead"]


def test_a_tag_tells_versions_apart_and_representations_of_one_version_too() -> None:
    assert tag_of(7) == '"7"'
    assert tag_of(7, b"a") != tag_of(7, b"b")
    assert version_in(tag_of(7, b"a")) == version_in(tag_of(7)) == 7


@pytest.mark.parametrize("header", ['"7"', 'W/"7"', '"1", "7"', "*", ' "7" '])
def test_if_none_match_names_a_tag_in_several_ways(header: str) -> None:
    assert is_among('"7"', header)


@pytest.mark.parametrize("header", ["", '"8"', '"77"', "7", '"1","2"'])
def test_another_tag_is_not_among_those_named(header: str) -> None:
    assert not is_among('"7"', header)
