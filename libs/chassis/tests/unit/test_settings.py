from __future__ import annotations

from pathlib import Path

import pytest

from chassis.settings import MigrationSettings, ServiceSettings, SettingsInvalid


class Settings(ServiceSettings, env_prefix="LEAD_ROUTER_"):
    batch_window_ms: int = 3


def an_environment(**changes: str) -> dict[str, str]:
    complete = {
        "ENVIRONMENT": "development",
        "DATABASE_URL": "postgresql+asyncpg://lead_router_login:s3cret@db/lead_router",
        "KAFKA_BOOTSTRAP": "broker:9092",
        "GRPC_LISTEN": "127.0.0.1:5001",
        "PEERS": '{"collab": "127.0.0.1:5002"}',
        "ISSUERS": '[{"issuer": "gateway", "jwks_url": "http://127.0.0.1/jwks", "services": true}]',
        "CLIENT_ID": "lead-router",
        "CLIENT_SECRET": "s3cret",
        "TOKEN_URL": "http://127.0.0.1/token",
    }
    return {f"LEAD_ROUTER_{key}": value for key, value in (complete | changes).items()}


def test_a_complete_environment_gives_frozen_settings_with_the_names_of_the_service() -> None:
    settings = Settings.load(an_environment(BATCH_WINDOW_MS="7"))

    assert (settings.service, settings.import_name) == ("lead-router", "lead_router")
    assert settings.peers == {"collab": "127.0.0.1:5002"}
    assert settings.issuers[0].audience == "throughline"
    assert settings.batch_window_ms == 7
    assert settings.transport == "plaintext"
    with pytest.raises(ValueError, match="frozen"):
        settings.log_level = "debug"  # type: ignore[misc]  # it is frozen


def test_every_missing_and_every_bad_key_is_named_in_one_error() -> None:
    with pytest.raises(SettingsInvalid) as refusal:
        Settings.load({"LEAD_ROUTER_ENVIRONMENT": "development", "LEAD_ROUTER_LOG_LEVEL": "loud"})

    assert set(refusal.value.faults) == {
        "LEAD_ROUTER_CLIENT_ID",
        "LEAD_ROUTER_CLIENT_SECRET",
        "LEAD_ROUTER_DATABASE_URL",
        "LEAD_ROUTER_GRPC_LISTEN",
        "LEAD_ROUTER_ISSUERS",
        "LEAD_ROUTER_KAFKA_BOOTSTRAP",
        "LEAD_ROUTER_LOG_LEVEL",
        "LEAD_ROUTER_TOKEN_URL",
    }
    assert refusal.value.faults["LEAD_ROUTER_CLIENT_ID"] == "missing"


def test_a_fault_inside_a_structured_key_is_named_with_its_path() -> None:
    with pytest.raises(SettingsInvalid) as refusal:
        Settings.load(an_environment(ISSUERS='[{"issuer": "x"}]', PEERS="{not json"))

    assert {"LEAD_ROUTER_ISSUERS[0].jwks_url", "LEAD_ROUTER_PEERS"} <= set(refusal.value.faults)


def test_no_secret_shows_in_a_refusal_or_in_the_settings_text() -> None:
    settings = Settings.load(an_environment())

    with pytest.raises(SettingsInvalid) as refusal:
        Settings.load(an_environment(DATABASE_URL="mysql://root:s3cret@db"))

    assert "s3cret" not in str(refusal.value)
    assert "s3cret" not in repr(settings)


def test_production_refuses_all_that_is_for_development_at_once() -> None:
    with pytest.raises(SettingsInvalid) as refusal:
        Settings.load(
            an_environment(
                ENVIRONMENT="production", CLOCK_MOVABLE="true", KAFKA_PROFILE="embedded", TRANSPORT="plaintext"
            )
        )

    assert set(refusal.value.faults) == {
        "LEAD_ROUTER_CLOCK_MOVABLE",
        "LEAD_ROUTER_ISSUERS",
        "LEAD_ROUTER_KAFKA_PROFILE",
        "LEAD_ROUTER_TOKEN_URL",
        "LEAD_ROUTER_TRANSPORT",
    }


def test_an_environment_that_does_not_say_what_it_is_counts_as_production_with_certificates() -> None:
    with pytest.raises(SettingsInvalid) as refusal:
        Settings.load(an_environment(ENVIRONMENT=""))

    assert {f"LEAD_ROUTER_TLS_{name}_FILE" for name in ("CERTIFICATE", "KEY", "AUTHORITY")} <= set(refusal.value.faults)


def test_production_runs_with_certificates_or_within_a_mesh(tmp_path: Path) -> None:
    pem = tmp_path / "tls.pem"
    pem.write_text("-")
    files = {f"TLS_{name}_FILE": str(pem) for name in ("CERTIFICATE", "KEY", "AUTHORITY")}
    https = {
        "TOKEN_URL": "https://id.example/token",
        "ISSUERS": '[{"issuer": "a", "jwks_url": "https://id.example/k"}]',
    }

    with_certificates = Settings.load(an_environment(ENVIRONMENT="production", **files, **https))
    in_mesh = Settings.load(an_environment(ENVIRONMENT="production", TRANSPORT="mesh"))

    assert with_certificates.transport == "tls"
    assert in_mesh.transport == "mesh"


def test_a_migration_without_the_owners_url_says_which_key_is_missing() -> None:
    with pytest.raises(SettingsInvalid, match="LEAD_ROUTER_OWNER_DATABASE_URL"):
        MigrationSettings.load("LEAD_ROUTER_", an_environment())


def test_a_migration_needs_nothing_but_the_owners_url() -> None:
    url = "postgresql+asyncpg://lead_router_owner:s3cret@db/lead_router"

    settings = MigrationSettings.load("LEAD_ROUTER_", {"LEAD_ROUTER_OWNER_DATABASE_URL": url})

    assert settings.owner_database_url == url
    assert "s3cret" not in repr(settings)


def test_more_copies_in_sync_than_there_are_is_refused() -> None:
    with pytest.raises(SettingsInvalid, match="nothing could ever be written"):
        Settings.load(an_environment(KAFKA_TOPIC_MIN_INSYNC_REPLICAS="2"))

    loaded = Settings.load(an_environment(KAFKA_TOPIC_REPLICAS="3", KAFKA_TOPIC_MIN_INSYNC_REPLICAS="2"))

    assert (loaded.kafka_topic_replicas, loaded.kafka_topic_min_insync_replicas) == (3, 2)


def test_a_protected_broker_needs_all_that_its_kind_of_protection_asks_for(tmp_path: Path) -> None:
    pem = tmp_path / "ca.pem"
    pem.write_text("-")

    with pytest.raises(SettingsInvalid) as by_certificate:
        Settings.load(an_environment(KAFKA_SECURITY="tls"))
    with pytest.raises(SettingsInvalid) as by_password:
        Settings.load(an_environment(KAFKA_SECURITY="scram", KAFKA_AUTHORITY_FILE=str(pem)))
    loaded = Settings.load(
        an_environment(
            KAFKA_SECURITY="scram", KAFKA_AUTHORITY_FILE=str(pem), KAFKA_USERNAME="router", KAFKA_PASSWORD="s3cret"
        )
    )

    files = {f"LEAD_ROUTER_KAFKA_{name}_FILE" for name in ("AUTHORITY", "CERTIFICATE", "KEY")}
    assert set(by_certificate.value.faults) == files
    assert set(by_password.value.faults) == {"LEAD_ROUTER_KAFKA_USERNAME", "LEAD_ROUTER_KAFKA_PASSWORD"}
    assert loaded.kafka_username == "router"
