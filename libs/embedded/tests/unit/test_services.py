"""The plan of the real suite, checked against what the services read as settings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chassis.settings import ServiceSettings
from embedded.plan import ForeignPostgres, Plan
from embedded.services import SERVICES, ForeignBroker, Wiring, module_of, throughline_plan
from embedded.state import DataFolder


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "var")
    folder.prepare()
    return folder


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_can_read_the_settings_it_is_given(folder: DataFolder, service: str) -> None:
    spec = {spec.name: spec for spec in throughline_plan(folder).services}[service]

    class Settings(ServiceSettings, env_prefix=f"{module_of(service).upper()}_"):
        """What all services have in common."""

    settings = Settings.load(spec.environment)

    assert settings.grpc_listen == spec.ready[0].address  # type: ignore[union-attr]  # gRPC is waited for
    assert settings.kafka_profile == "embedded"
    assert settings.issuers[0].services
    assert set(settings.peers) == set(SERVICES) - {service}


def test_planning_twice_gives_the_same_plan(folder: DataFolder) -> None:
    assert throughline_plan(folder) == throughline_plan(folder)


def test_a_plan_survives_its_file(folder: DataFolder) -> None:
    plan = throughline_plan(folder)

    assert Plan.model_validate_json(plan.model_dump_json()) == plan


def test_no_two_services_share_a_port_or_a_secret(folder: DataFolder) -> None:
    plan = throughline_plan(folder)

    listens = [port for service in plan.services for port in service.ports.values()]
    secrets = [service.environment[f"{module_of(service.name).upper()}_CLIENT_SECRET"] for service in plan.services]

    assert len(set(listens)) == len(listens)
    assert len(set(secrets)) == len(secrets)


def test_the_gateway_knows_the_secret_of_every_client(folder: DataFolder) -> None:
    plan = throughline_plan(folder)
    gateway = plan.services[-1]

    clients = json.loads(gateway.environment["GATEWAY_SERVICE_CLIENTS"])

    assert clients[plan.endpoints.client_id] == plan.endpoints.client_secret
    assert clients["pipeline"] == plan.services[2].environment["PIPELINE_CLIENT_SECRET"]


def test_servers_of_somebody_else_take_the_place_of_ours(folder: DataFolder) -> None:
    postgres = ForeignPostgres(superuser_url="postgresql://postgres:pw@127.0.0.1:6543/postgres")
    wiring = Wiring(postgres, ForeignBroker("127.0.0.1:9092"), {"PIPELINE_LOG_LEVEL": "debug"})

    plan = throughline_plan(folder, wiring)

    environment = plan.services[2].environment
    assert plan.broker_port is None
    assert environment["PIPELINE_KAFKA_BOOTSTRAP"] == "127.0.0.1:9092"
    assert environment["PIPELINE_KAFKA_PROFILE"] == "apache"
    assert environment["PIPELINE_LOG_LEVEL"] == "debug"
    assert "@127.0.0.1:6543/pipeline" in environment["PIPELINE_DATABASE_URL"]


def test_secrets_do_not_show_when_a_plan_is_printed(folder: DataFolder) -> None:
    plan = throughline_plan(folder)

    shown = repr(plan)

    assert plan.endpoints.client_secret not in shown
    assert plan.services[0].environment["COLLAB_CLIENT_SECRET"] not in shown
