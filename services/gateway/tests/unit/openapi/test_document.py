"""The OpenAPI document: valid, complete, and as strict as the gateway itself."""

from __future__ import annotations

import re
from typing import Any

import jsonschema_rs
import openapi_spec_validator
import pytest
from google.protobuf.descriptor import Descriptor
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.openapi.document import document
from gateway.openapi.schemas import Schemas
from gateway.transcoding.contracts import Contracts
from gateway.transcoding.json_mapper import JsonMapper
from gateway.transcoding.routes import RouteTable

from ...messages import messages

CONTRACTS = Contracts.load()
MAPPER = JsonMapper()
TABLE = RouteTable(CONTRACTS, MAPPER)
DOCUMENT = document(CONTRACTS, TABLE.routes)
SCHEMAS = DOCUMENT["components"]["schemas"]
ANSWERS = {route.response.descriptor.full_name: route.response.descriptor for route in TABLE.routes}


def operation(method: str, path: str) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["paths"][path][method]
    return found


def test_the_document_is_valid_openapi() -> None:
    openapi_spec_validator.validate(DOCUMENT)


def test_every_route_is_in_the_document_with_its_words() -> None:
    for route in TABLE.routes:
        described = operation(route.http_method.lower(), str(route.template))

        assert described["operationId"] == route.method.name
        assert described["summary"]
        assert f"`{route.access.permission}`" in described["description"]


def test_operation_ids_are_unique() -> None:
    ids = [each["operationId"] for item in DOCUMENT["paths"].values() for each in item.values()]

    assert len(ids) == len(set(ids))


def test_rules_of_the_contract_are_limits_of_the_schema() -> None:
    schemas = Schemas(CONTRACTS)
    schemas.input(TABLE.match("POST", "/v1/leads").found.request.descriptor)  # type: ignore[union-attr]  # it is there

    origin = schemas.components["LeadOriginInput"]
    assert origin["required"] == ["source"]
    assert origin["properties"]["source"]["minLength"] == 1
    assert origin["properties"]["attachment_types"]["maxItems"] == 20
    assert origin["properties"]["attachment_types"]["items"]["maxLength"] == 50
    form = schemas.components["LeadSubmissionInput"]["properties"]["form"]
    assert (form["maxProperties"], form["propertyNames"]["maxLength"]) == (100, 100)


def test_what_a_rule_demands_is_required_and_what_it_tolerates_is_not() -> None:
    record = operation("post", "/v1/follow-ups")["requestBody"]["content"]["application/json"]["schema"]

    assert record["required"] == ["channel", "summary"]
    assert record["properties"]["channel"]["enum"] == ["PHONE", "VISIT", "EMAIL", "CHAT", "MEETING"]
    assert {"const": ""} in record["properties"]["lead_id"]["anyOf"]
    assert "exactly one of lead_id and customer_id" in record["description"]


def test_a_mask_names_only_what_can_be_changed() -> None:
    update = operation("patch", "/v1/opportunities/{opportunity_id}")["requestBody"]["content"]["application/json"]

    mask = update["schema"]["properties"]["update_mask"]
    assert re.fullmatch(mask["pattern"], "title,owner_id")
    assert not any(re.fullmatch(mask["pattern"], text) for text in ("", "stage", "title,", "titles"))


def test_key_and_version_are_headers_so_the_body_is_described_without_them() -> None:
    override = operation("post", "/v1/leads/{lead_id}:override")
    body = override["requestBody"]["content"]["application/json"]["schema"]

    assert {"$ref": "#/components/parameters/IfMatch"} in override["parameters"]
    assert body["required"] == ["rep_id", "reason"]
    assert set(body["properties"]) == {"rep_id", "reason"}
    assert {"412", "428"} <= override["responses"].keys()


def test_a_query_has_the_types_of_the_fields() -> None:
    parameters = {each.get("name"): each for each in operation("get", "/v1/leads")["parameters"]}

    assert parameters["states"]["schema"]["items"]["enum"][0] == "WAITING"
    assert parameters["page_size"]["schema"] == {"type": "integer", "format": "int32", "minimum": 0, "maximum": 200}


def test_the_service_of_an_operation_is_one_of_ours() -> None:
    parameters = operation("get", "/v1/operations/{service}/quiescence")["parameters"]

    assert "lead-router" in parameters[0]["schema"]["enum"]


def test_streams_are_lines_in_and_events_out() -> None:
    lines = operation("post", "/v1/leads:stream")["requestBody"]["content"]["application/x-ndjson"]
    events = operation("get", "/v1/leads:heat")["responses"]["200"]["content"]["text/event-stream"]

    assert lines["x-line-schema"] == {"$ref": "#/components/schemas/SubmitLeadsRequest"}
    assert events["x-event-schema"] == {"$ref": "#/components/schemas/WatchLeadHeatResponse"}


def test_requests_know_no_further_fields_at_any_depth() -> None:
    for name, schema in SCHEMAS.items():
        if name.endswith(("Request", "Input")):
            assert schema["additionalProperties"] is False, name


@pytest.mark.parametrize(
    "descriptor", [ANSWERS[name] for name in sorted(ANSWERS)], ids=lambda descriptor: descriptor.name
)
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_a_service_answers_fits_its_schema(descriptor: Descriptor, data: st.DataObject) -> None:
    answer = MAPPER.encode(data.draw(messages(descriptor)))

    schema = {**SCHEMAS[descriptor.name], "components": DOCUMENT["components"]}
    jsonschema_rs.validate(schema, answer)


@pytest.mark.parametrize(
    ("value", "is_right"),
    [
        ({"number": 1200}, True),
        ({"text": "", "number": None}, True),
        ({}, False),
        ({"text": None}, False),
        ({"text": "many", "number": 1200}, False),
    ],
    ids=["one", "one-beside-null", "none", "null-alone", "two"],
)
def test_of_a_choice_that_must_be_made_exactly_one_has_a_value(value: dict[str, Any], is_right: bool) -> None:
    assert jsonschema_rs.is_valid(SCHEMAS["CustomValueInput"], value) is is_right
