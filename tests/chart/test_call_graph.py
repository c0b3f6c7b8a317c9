"""The table `callGraph` says what the code does: every service is built, as at its start, and asked."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from charting.call_graph import CALL_GRAPH, DIRECTORY, NOTICE, SERVICES
from charting.service_settings import settings_type

from chassis.channels import Channels
from chassis.directory import DIRECTORY_AGGREGATES
from chassis.runtime import open_runtime
from chassis.service import Service
from gateway.transcoding.contracts import Contracts
from gateway.transcoding.json_mapper import JsonMapper
from gateway.transcoding.routes import RouteTable

from .rendering import ROOT, rendered


class Built:
    """A service as its wiring makes it, and whom it opened channels to meanwhile."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.parts: Service
        self.called: set[str] = set()

    async def build(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Builds it with the settings that the chart gives; nothing connects."""
        open_channel = Channels.to

        def noted(channels: Channels, peer: str) -> Any:
            self.called.add(peer)
            return open_channel(channels, peer)

        monkeypatch.setattr(Channels, "to", noted)
        settings = settings_type(self.service).load(_environment(self.service))
        async with open_runtime(settings) as runtime:
            wiring = import_module(f"{settings.import_name}.wiring")
            self.parts = await wiring.build(runtime)


def _environment(service: str) -> dict[str, str]:
    """As in the chart, but for files: what is built does not depend on keys and certificates."""
    config = rendered("mesh-mTLS").named("ConfigMap", f"throughline-{service}")["data"]
    prefix = service.replace("-", "_").upper()
    secrets = {f"{prefix}_{key.replace('-', '_').upper()}": "s" * 40 for key in CALL_GRAPH[service].secretEnv}
    secrets[f"{prefix}_DATABASE_URL"] = "postgresql+asyncpg://nobody@127.0.0.1:1/none"
    objects = {f"{prefix}_OBJECTS_OPTIONS": '{"region": "here", "access_key_id": "a", "secret_access_key": "b"}'}
    return {key: value for key, value in config.items() if not key.endswith("_FILE")} | secrets | objects


def _named_in_code(service: str) -> set[str]:
    """Services that the code opens a channel to by a literal name."""
    found = set()
    for path in (ROOT / "services" / service / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("to", "_channel")
            ):
                found |= {arg.value for arg in node.args if isinstance(arg, ast.Constant) and arg.value in SERVICES}
    return found


@pytest.mark.parametrize("service", SERVICES)
async def test_table_says_what_the_service_really_uses(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    built, table = Built(service), CALL_GRAPH[service]

    await built.build(monkeypatch)

    calls = built.called | _named_in_code(service)
    if service == "gateway":
        owners = {route.owner for route in RouteTable(Contracts.load(), JsonMapper()).routes}
        calls |= {owner for owner in owners if owner} - {"gateway"}
    assert set(table.calls) == calls
    assert sorted(table.produces) == sorted([*built.parts.aggregates, NOTICE])
    consumers = {each.name: sorted(each.aggregates) for each in built.parts.subscriptions}
    consumers[f"{service}.directory"] = sorted(DIRECTORY_AGGREGATES)
    assert {group: sorted(topics) for group, topics in table.consumers.items()} == consumers
    assert table.database == service.replace("-", "_")
    fields = settings_type(service).model_fields
    assert table.objectStore == ("objects_url" in fields)
    assert table.mail == ("smtp_url" in fields)
    assert table.http == ("http_listen" in fields)
    assert table.webhooks == ("sealing_key_file" in fields)


def test_only_the_gateway_reads_without_a_group() -> None:
    """Such readers are made by `reader(…)`; the chassis' own, the doorbell, is for the embedded broker alone."""
    reading = {
        path.relative_to(ROOT / "services").parts[0]
        for path in (ROOT / "services").glob("*/src/**/*.py")
        if ".reader(" in Path(path).read_text()
    }

    assert reading == {service for service, table in CALL_GRAPH.items() if table.reads}
    assert CALL_GRAPH["gateway"].reads == [NOTICE]


def test_directory_is_what_the_chassis_reads() -> None:
    assert tuple(DIRECTORY) == DIRECTORY_AGGREGATES
