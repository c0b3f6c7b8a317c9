"""`compose.yaml` holds no secret and no needless right, and gives the services every setting that they ask for."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import prepare_compose
import pytest
import yaml

from chassis.settings import MigrationSettings
from embedded.credentials import Credentials
from embedded.services import SERVICES, module_of
from embedded.state import DataFolder

ROOT = Path(__file__).parents[2]
OURS = [f"{service}{role}" for service in SERVICES for role in ("", "-worker", "-migrate")]
_KEYS = {"issuer-key": "issuer_key", "api-key-signing-key": "api_key_signing_key", "sealing-key": "sealing_key"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return document


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    made = DataFolder(tmp_path)
    made.prepare()
    return made


def test_every_service_runs_in_both_roles_after_its_migration(compose: dict[str, Any]) -> None:
    for service in SERVICES:
        for name, role in ((service, "serve"), (f"{service}-worker", "worker")):
            assert compose["services"][name]["command"] == [role]
            needed = compose["services"][name]["depends_on"][f"{service}-migrate"]
            assert needed == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize("name", [*OURS, "provision"])
def test_our_containers_have_no_rights_and_no_disk(compose: dict[str, Any], name: str) -> None:
    container = compose["services"][name]

    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "user", "environment"} & set(container)


def test_only_the_gateway_is_reached_and_only_from_this_machine(compose: dict[str, Any]) -> None:
    published = {name: container["ports"] for name, container in compose["services"].items() if "ports" in container}

    assert published == {"gateway": ["127.0.0.1:${THROUGHLINE_PORT:-8080}:8080"]}


def test_the_owner_of_a_schema_is_known_to_its_migration_alone(compose: dict[str, Any]) -> None:
    having = [
        name for name, container in compose["services"].items() if "migrate.env" in str(container.get("env_file"))
    ]

    assert sorted(having) == sorted(f"{service}-migrate" for service in SERVICES)


def test_secrets_are_files_that_git_does_not_track(compose: dict[str, Any]) -> None:
    files = [secret["file"] for secret in compose["secrets"].values()]
    files += [file for container in compose["services"].values() for file in container.get("env_file", [])]

    assert files
    assert all(file.startswith(".var/") for file in files)
    assert "/.var/" in (ROOT / ".gitignore").read_text().splitlines()


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_finds_every_setting_that_it_asks_for(service: str, folder: DataFolder) -> None:
    credentials = Credentials(folder)
    for ensure in (
        credentials.ensure_issuer_key,
        credentials.ensure_api_key_signing_key,
        credentials.ensure_sealing_key,
    ):
        ensure()
    given = prepare_compose.Settings(credentials, "http://127.0.0.1:8080")
    inside = {f"/run/secrets/{name}": str(getattr(folder, field)) for name, field in _KEYS.items()}

    settings = importlib.import_module(f"{module_of(service)}.settings").Settings
    serving = settings.load({name: inside.get(value, value) for name, value in given.of(service).items()})
    migrating = MigrationSettings.load(f"{module_of(service)}_".upper(), given.of_migration(service))

    assert serving.service == service
    assert not any("OWNER" in name for name in given.of(service))
    assert migrating.owner_database_url.endswith(f"@postgres:5432/{module_of(service)}")
