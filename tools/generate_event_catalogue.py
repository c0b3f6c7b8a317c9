"""Writes `docs/events.asyncapi.yaml`: every topic, who emits and who consumes it, and what its messages say.

Messages and comments come from the contracts, emitters and consumers from the services' own wiring, which is built here
without connecting to anything. With `--check` it writes nothing and fails where the page is not what it would write.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from event_messages import EventMessage, event_messages

from chassis.directory import DIRECTORY_AGGREGATES, handlers
from chassis.kafka_clients import PARTITIONS
from chassis.outbox import NOTICE, topic_of
from chassis.runtime import open_runtime
from chassis.service import Service
from chassis.subscription import Subscription

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "events.asyncapi.yaml"
SERVICES = ("collab", "gateway", "lead-router", "pipeline", "scoring")

# Of these the wiring uses none: it opens pools and clients that connect when they are first used.
SETTINGS = {
    "ENVIRONMENT": "development",
    "DATABASE_URL": "postgresql+asyncpg://nobody@127.0.0.1:1/nothing",
    "KAFKA_BOOTSTRAP": "127.0.0.1:1",
    "GRPC_LISTEN": "127.0.0.1:1",
    "HTTP_LISTEN": "127.0.0.1:1",
    "OBJECTS_URL": "s3://unused",
    "FILE_TICKET_KEY": "unused, and as long as such a key must be",
    "PUBLIC_URL": "http://127.0.0.1:1",
    "PEERS": json.dumps(dict.fromkeys(SERVICES, "127.0.0.1:1")),
    "ISSUERS": '[{"issuer": "unused", "jwks_url": "http://127.0.0.1:1/jwks"}]',
    "CLIENT_ID": "unused",
    "CLIENT_SECRET": "unused",
    "TOKEN_URL": "http://127.0.0.1:1/token",
}

HEADERS: Mapping[str, tuple[str, str]] = {
    "ce_specversion": ("Version of CloudEvents.", "1.0"),
    "ce_id": ("Id of the event, a UUID. A repeated event has the same one.", "019a8f00-6f1e-7c3a-9d55-0242ac120002"),
    "ce_type": ("Full name of the message.", "throughline.lead_router.v1.LeadAssigned"),
    "ce_source": ("The service that owns the fact.", "/lead-router"),
    "ce_subject": ("Id of the aggregate, equal to the record's key.", "019a8f00-6f1e-7c3a-9d55-0242ac120003"),
    "ce_time": ("When it happened, in business time (RFC 3339, UTC).", "2026-03-09T01:00:00+00:00"),
    "ce_datacontenttype": ("How the payload is encoded.", "application/protobuf"),
    "tenant": ("Tenant that it belongs to, a UUID.", "019a8f00-6f1e-7c3a-9d55-0242ac120004"),
    "aggregate_version": ("Version of the aggregate after the fact, a decimal number.", "3"),
    "recorded_at": (
        "When its owner recorded it, in business time; never before `ce_time`.",
        "2026-03-09T01:00:00+00:00",
    ),
    "actor": ("Who did it: `person:<id>` or `service:<name>`.", "service:lead-router"),
    "causation_id": ("Event that led to it; empty where a request did.", ""),
    "traceparent": ("Trace that it belongs to (W3C Trace Context); empty where none was recorded.", ""),
}


@dataclass(frozen=True, slots=True)
class Wired:
    """What a service's wiring says of events."""

    name: str
    aggregates: frozenset[str]
    subscriptions: tuple[Subscription, ...]
    reads_notices: bool
    """Whether every process of it reads all notices, without a consumer group."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="fail where the page is out of date")
    is_check = parser.parse_args().check
    page = as_yaml(document(asyncio.run(wired_services())))
    if is_check:
        is_current = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page
        if not is_current:
            print(f"{PAGE.name} is out of date: run tools/generate_event_catalogue.py", file=sys.stderr)
        return 0 if is_current else 1
    PAGE.write_text(page, encoding="utf-8")
    return 0


async def wired_services() -> list[Wired]:
    """All services as their own wiring puts them together."""
    return [await _wired(name) for name in SERVICES]


async def _wired(name: str) -> Wired:
    package = name.replace("-", "_")
    settings = importlib.import_module(f"{package}.settings").Settings
    environment = {f"{package.upper()}_{key}": value for key, value in SETTINGS.items()}
    async with open_runtime(settings.load(environment)) as runtime:
        service: Service = await importlib.import_module(f"{package}.wiring").build(runtime)
    emitted = set(service.aggregates)
    if _sends_notices(package, name):
        emitted.add(NOTICE)
    directory = Subscription(f"{name}.directory", DIRECTORY_AGGREGATES, handlers())
    return Wired(name, frozenset(emitted), (directory, *service.subscriptions), reads_notices=name == "gateway")


def _sends_notices(package: str, name: str) -> bool:
    """Notices belong to no aggregate that a wiring declares; whoever sends them calls the outbox's method for it."""
    sources = (ROOT / "services" / name / "src" / package).rglob("*.py")
    return any(re.search(r"outbox\.notice\(", source.read_text(encoding="utf-8")) for source in sources)


def document(services: list[Wired]) -> dict[str, Any]:
    """The catalogue as an AsyncAPI 3.0 document."""
    messages = event_messages({service.name: service.aggregates for service in services})
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Throughline events",
            "version": "v1",
            "description": _ABOUT,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/protobuf",
        "channels": {
            aggregate: _channel(aggregate, [each for each in messages if each.aggregate == aggregate])
            for aggregate in sorted({message.aggregate for message in messages})
        },
        "operations": dict(sorted([*_sent(services, messages), *_received(services, messages)])),
        "components": {
            "messages": {message.name: _message(message) for message in sorted(messages, key=lambda each: each.name)},
            "messageTraits": {"event": {"headers": _headers()}},
        },
    }


def _channel(aggregate: str, messages: list[EventMessage]) -> dict[str, Any]:
    return {
        "address": topic_of(aggregate),
        "messages": {
            message.name: {"$ref": f"#/components/messages/{message.name}"}
            for message in sorted(messages, key=lambda each: each.name)
        },
        "bindings": {"kafka": {"partitions": PARTITIONS, "bindingVersion": "0.5.0"}},
    }


def _sent(services: list[Wired], messages: list[EventMessage]) -> Iterator[tuple[str, dict[str, Any]]]:
    for service in services:
        for aggregate in service.aggregates:
            sent = [message for message in messages if message.aggregate == aggregate]
            yield (
                f"{service.name}.sends.{aggregate}",
                {"action": "send", "summary": f"{service.name} tells of each {aggregate}.", **_on(aggregate, sent)},
            )


def _received(services: list[Wired], messages: list[EventMessage]) -> Iterator[tuple[str, dict[str, Any]]]:
    for service in services:
        for subscription in service.subscriptions:
            handled = {kind.DESCRIPTOR.full_name for kind in subscription.kinds}
            for aggregate in subscription.aggregates:
                taken = [each for each in messages if each.aggregate == aggregate and each.full_name in handled]
                group = {"groupId": {"type": "string", "const": subscription.name}, "bindingVersion": "0.5.0"}
                yield (
                    f"{subscription.name}.{aggregate}",
                    {
                        "action": "receive",
                        "summary": f"{service.name} consumes, once each and in order per key.",
                        **_on(aggregate, taken),
                        "bindings": {"kafka": group},
                    },
                )
        if service.reads_notices:
            notices = [message for message in messages if message.aggregate == NOTICE]
            summary = f"Every process of {service.name} reads all of it, in no group, and passes it on to its clients."
            yield f"{service.name}.reads.{NOTICE}", {"action": "receive", "summary": summary, **_on(NOTICE, notices)}


def _on(aggregate: str, messages: list[EventMessage]) -> dict[str, Any]:
    names = sorted(message.name for message in messages)
    return {
        "channel": {"$ref": f"#/channels/{aggregate}"},
        "messages": [{"$ref": f"#/channels/{aggregate}/messages/{name}"} for name in names],
    }


def _message(message: EventMessage) -> dict[str, Any]:
    return {
        "name": message.full_name,
        "title": message.name,
        "summary": message.comment,
        "contentType": "application/protobuf",
        "traits": [{"$ref": "#/components/messageTraits/event"}],
        "bindings": {
            "kafka": {"key": {"type": "string", "description": message.key}, "bindingVersion": "0.5.0"},
        },
        "payload": {
            "schemaFormat": "application/vnd.google.protobuf;version=3",
            "schema": message.definition,
        },
    }


def _headers() -> dict[str, Any]:
    properties = {
        name: {"type": "string", "description": about, **({"examples": [example]} if example else {})}
        for name, (about, example) in HEADERS.items()
    }
    return {"type": "object", "required": list(HEADERS), "properties": properties}


_ABOUT = """\
Facts that happened, on one topic per aggregate. Written by `tools/generate_event_catalogue.py` from the contracts under
`proto/` and the services' wiring; do not edit.

- Records are CloudEvents 1.0 in Kafka's binary content mode; the payload is the protobuf message that `ce_type` names.
- The key is the id that orders them: records with one key arrive in the order in which the facts happened. Every record
  arrives at least once; drop repetitions by `ce_id`.
- Fields and messages are only added. Pass over messages that you do not know.
- No event carries personal data: names of people, phone numbers, e-mail addresses or free text. Ids refer to the
  service that owns the thing.
"""


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as such, and nothing by reference to an earlier place."""

    def ignore_aliases(self, _: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def as_yaml(content: dict[str, Any]) -> str:
    """The document in a stable form."""
    return str(yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110))


if __name__ == "__main__":
    sys.exit(main())
