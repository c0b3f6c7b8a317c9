"""The values are a contract: strict, described, generated, and refused with a reason."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from charting.call_graph import SERVICES
from charting.schema import schema_of
from charting.service_settings import BY_CHART, FOR_DEVELOPMENT, SECRET, settings_of, settings_type
from charting.values import Values
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from .rendering import CHART, EXAMPLES, ROOT, Refused, Rendered, defaults, example, rendered, template

SCHEMA = json.loads((CHART / "values.schema.json").read_text())


def _keys(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, each in schema.get("properties", {}).items():
        yield f"{path}{name}", each
        yield from _keys(each, f"{path}{name}.")
        if "items" in each:
            yield from _keys(each["items"], f"{path}{name}[].")


def _value_keys(values: Any, schema: dict[str, Any], path: str = "") -> Iterator[str]:
    for name, value in values.items():
        yield f"{path}{name}"
        if isinstance(value, dict) and "properties" in schema["properties"].get(name, {}):
            yield from _value_keys(value, schema["properties"][name], f"{path}{name}.")


def _objects(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if schema.get("type") == "object":
        yield path, schema
    for name, each in schema.get("properties", {}).items():
        yield from _objects(each, f"{path}.{name}")
    if isinstance(schema.get("items"), dict):
        yield from _objects(schema["items"], f"{path}[]")


def test_schema_and_values_have_the_same_keys() -> None:
    in_schema = {path for path, _ in _keys(SCHEMA) if "[]" not in path}

    assert set(_value_keys(defaults(), SCHEMA)) == in_schema


def test_schema_is_strict_on_every_level() -> None:
    lax = [
        path
        for path, each in _objects(SCHEMA)
        if "properties" in each and each.get("additionalProperties") is not False
    ]

    assert not lax


def test_every_key_has_a_description_and_a_default() -> None:
    bare = [path for path, each in _keys(SCHEMA) if not each.get("description")]
    without = [
        path
        for path, each in _keys(SCHEMA)
        if "default" not in each and "properties" not in each and "[]" not in path and not path.startswith("callGraph.")
    ]
    fixed = [
        path for path in without if not path.endswith(".ports")
    ]  # a destination's port differs from place to place

    assert not bare
    assert not fixed


def test_files_are_what_the_models_say() -> None:
    command = [sys.executable, "tools/generate_chart.py", "--check"]
    checked = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)

    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    ("setting", "path"),
    [
        ("edge.hots=x", "/edge': additional properties 'hots'"),
        ("services.lead-router.serve.replica=3", "/services/lead-router/serve': additional properties 'replica'"),
        ("network.webhooks.port=1", "/network/webhooks': additional properties 'port'"),
        ("servces.collab.enabled=true", "additional properties 'servces'"),
    ],
)
def test_a_misspelt_key_fails_with_its_path(setting: str, path: str) -> None:
    with pytest.raises(Refused) as refusal:
        template(example("minimal"), f"--set={setting}")

    assert path in str(refusal.value)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (["transport=plaintext"], "development"),
        (["postgres.manage=true"], "migrations.mode"),
        (["edge.grpc.enabled=true"], "transport mesh"),
        (["kafka.replicas=1"], "minInsyncReplicas"),
        (["postgres.maxConnections=624"], "postgres.maxConnections is 624, and 30 pods could want 625 connections"),
        (
            ["postgres.manage=true", "migrations.mode=job", "services.gateway.settings.databasePoolSize=40"],
            "postgres.cluster.maxConnections is 640, and 30 pods could want 745",
        ),
        (["services.gateway.settings.databasePoolSize=11"], "databasePoolSize"),
        (
            ["services.collab.worker.autoscaling.enabled=true", "services.collab.worker.autoscaling.maxReplicas=25"],
            "kafka.partitions",
        ),
        (["services.collab.serve.autoscaling.minReplicas=11"], "minReplicas"),
        (["image.tag=latest"], "tag"),
        ([f"services.{service}.enabled=false" for service in SERVICES], "none is enabled"),
    ],
)
def test_values_that_could_not_work_are_refused_with_the_reason(settings: list[str], said: str) -> None:
    with pytest.raises(Refused, match=said):
        template(example("minimal"), *(f"--set={each}" for each in settings))


@pytest.mark.parametrize("setting", ["postgres.maxConnections=625", "postgres.maxConnections=0"])
def test_a_server_that_holds_all_connections_or_is_not_named_is_taken(setting: str) -> None:
    template(example("minimal"), f"--set={setting}")


def _chart_with_renamed(folder: Path, *, gone: bool) -> Path:
    row = {"old": "edge.hostname", "new": "edge.host", "gone": gone}
    chart = folder / "throughline"
    shutil.copytree(CHART, chart)
    (chart / "files" / "renamed-keys.yaml").write_text(yaml.safe_dump([row]))
    (chart / "values.schema.json").write_text(json.dumps(schema_of(Values, [row])))
    return chart


@pytest.mark.parametrize("major", [3, 4])
def test_a_renamed_key_is_taken_for_one_version(tmp_path: Path, major: int) -> None:
    chart = _chart_with_renamed(tmp_path, gone=False)

    text = template(example("minimal"), "--set=edge.hostname=old.example.com", chart=chart, major=major)

    assert "https://old.example.com" in text


@pytest.mark.parametrize("major", [3, 4])
def test_a_removed_key_says_what_it_is_now(tmp_path: Path, major: int) -> None:
    chart = _chart_with_renamed(tmp_path, gone=True)

    with pytest.raises(Refused, match=r"edge\.hostname -> edge\.host, see UPGRADING\.md"):
        template(example("minimal"), "--set=edge.hostname=old.example.com", chart=chart, major=major)


@pytest.mark.parametrize("service", SERVICES)
def test_every_setting_of_a_service_is_set_by_the_chart_or_can_be(service: str) -> None:
    fields = set(settings_type(service).model_fields)
    offered = len(settings_of(service).model_fields)

    assert len(fields - BY_CHART - SECRET - FOR_DEVELOPMENT) == offered
    contacts = defaults()["callGraph"][service]
    secret = {key.replace("-", "_") for key in (*contacts["secretEnv"], *contacts["secretEnvIfThere"])}
    assert secret == fields & SECRET - {"kafka_password"}
    assert {f"{key.replace('-', '_')}_file" for key in contacts["secretFiles"]} == fields & {
        "api_key_signing_key_file",
        "sealing_key_file",
    }


@pytest.mark.parametrize("name", EXAMPLES)
def test_services_accept_the_settings_that_the_chart_gives_them(name: str, tmp_path: Path) -> None:
    """Their own code reads them: whatever is missing or bad would end a pod at its start."""
    render = rendered(name)
    for pod in render.lasting:
        environment = dict(render.named("ConfigMap", f"throughline-{pod.service}")["data"])
        for variable in pod.containers[0]["env"]:
            is_url = variable["name"].endswith("DATABASE_URL")
            if not variable["valueFrom"]["secretKeyRef"].get("optional"):
                environment[variable["name"]] = "postgresql+asyncpg://u@h/d" if is_url else "s" * 40
        for key, value in environment.items():
            if key.endswith("_FILE"):
                _assert_mounted(render, pod.spec, value)
                environment[key] = str(_a_file(tmp_path, key))

        loaded = settings_type(pod.service).load(environment)

        assert loaded.environment == "production"


def _assert_mounted(render: Rendered, spec: dict[str, Any], path: str) -> None:
    mounts = {mount["mountPath"] for mount in spec["containers"][0]["volumeMounts"]}
    assert path.rpartition("/")[0] in mounts


def _a_file(folder: Path, key: str) -> Path:
    path = folder / key
    if "SIGNING" in key:
        key_pair = ec.generate_private_key(ec.SECP256R1())
        path.write_bytes(key_pair.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    else:
        path.write_text("A" * 43 + "=\n")
    return path
