"""The event catalogue says what the contracts and the wiring say, in the form that AsyncAPI asks for."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import generate_event_catalogue
import pytest
import yaml
from event_messages import event_messages
from generate_contracts import write_descriptors
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from chassis.event_headers import headers_of
from chassis.ids import new_id
from support.clock import A_TUESDAY_MORNING

PROTO = generate_event_catalogue.ROOT / "proto"


@pytest.fixture(scope="module")
def services() -> list[generate_event_catalogue.Wired]:
    return asyncio.run(generate_event_catalogue.wired_services())


@pytest.fixture(scope="module")
def catalogue(services: list[generate_event_catalogue.Wired]) -> dict[str, Any]:
    written = generate_event_catalogue.as_yaml(generate_event_catalogue.document(services))
    return dict(yaml.safe_load(written))


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for name, value in part.items():
            if name == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def follow(catalogue: dict[str, Any], reference: str) -> Any:
    part: Any = catalogue
    for name in reference.removeprefix("#/").split("/"):
        part = part[name]
    return part


def test_every_reference_leads_somewhere(catalogue: dict[str, Any]) -> None:
    found = [follow(catalogue, reference) for reference in references(catalogue)]

    assert len(found) > 100
    assert all(found)


def test_it_has_the_parts_that_the_specification_requires(catalogue: dict[str, Any]) -> None:
    assert catalogue["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= set(catalogue["info"])
    for operation in catalogue["operations"].values():
        assert operation["action"] in {"send", "receive"}
        channel = operation["channel"]["$ref"]
        assert all(message["$ref"].startswith(f"{channel}/messages/") for message in operation["messages"])


def test_every_topic_has_one_service_that_owns_its_facts(catalogue: dict[str, Any]) -> None:
    for name in set(catalogue["channels"]) - {"notice"}:
        senders = [
            operation
            for operation in catalogue["operations"].values()
            if operation["action"] == "send" and operation["channel"]["$ref"] == f"#/channels/{name}"
        ]

        assert len(senders) == 1, name


def test_every_consumer_handles_at_least_one_message_of_each_topic_it_reads(catalogue: dict[str, Any]) -> None:
    assert [name for name, operation in catalogue["operations"].items() if not operation["messages"]] == []


def test_the_headers_are_those_that_the_relay_writes() -> None:
    row = SimpleNamespace(
        event_id=new_id(),
        tenant_id=new_id(),
        type="",
        aggregate_id="",
        aggregate_version=1,
        occurred_at=A_TUESDAY_MORNING,
        recorded_at=A_TUESDAY_MORNING,
        actor="",
        causation_id="",
        traceparent="",
    )

    written = [name for name, _ in headers_of(row, "lead-router")]  # type: ignore[arg-type]  # a row by its columns

    assert set(written) == set(generate_event_catalogue.HEADERS)


def test_every_definition_compiles(services: list[generate_event_catalogue.Wired], tmp_path: Path) -> None:
    protos = shutil.copytree(PROTO, tmp_path / "proto")
    for original in [*protos.rglob("events.proto"), *protos.rglob("notice.proto")]:
        original.unlink()  # the same messages again would be told apart by nothing
    messages = event_messages({service.name: service.aggregates for service in services})
    for message in messages:
        (protos / f"{message.name}.proto").write_text(message.definition)

    write_descriptors(protos, tmp_path / "descriptors.binpb")

    compiled = FileDescriptorSet.FromString((tmp_path / "descriptors.binpb").read_bytes())
    assert {f"{message.name}.proto" for message in messages} <= {file.name for file in compiled.file}


def test_a_message_without_a_topic_stops_the_tool() -> None:
    nothing = {name: frozenset({"nothing"}) for name in ("collab", "lead-router", "pipeline")}

    with pytest.raises(SystemExit, match="is named after none of nothing"):
        event_messages(nothing)
