from __future__ import annotations

import pytest

from chassis.settings import SettingsInvalid
from collab.settings import Settings

USUAL = {
    "COLLAB_DATABASE_URL": "postgresql+asyncpg://x@localhost/collab",
    "COLLAB_KAFKA_BOOTSTRAP": "localhost:9092",
    "COLLAB_GRPC_LISTEN": "127.0.0.1:0",
    "COLLAB_ISSUERS": '[{"issuer": "i", "jwks_url": "https://i.example/jwks"}]',
    "COLLAB_CLIENT_ID": "collab",
    "COLLAB_CLIENT_SECRET": "s",
    "COLLAB_TOKEN_URL": "https://i.example/token",
}
DEVELOPMENT = {**USUAL, "COLLAB_ENVIRONMENT": "development"}
PRODUCTION = {**USUAL, "COLLAB_ENVIRONMENT": "production", "COLLAB_TRANSPORT": "mesh"}


def test_mail_is_off_and_unread_notifications_wait_half_an_hour_unless_set() -> None:
    settings = Settings.load(DEVELOPMENT)

    assert settings.smtp_url is None
    assert settings.escalate_unread_after_min == 30


def test_the_password_of_the_mail_server_is_not_shown() -> None:
    settings = Settings.load({**DEVELOPMENT, "COLLAB_SMTP_URL": "smtps://u:secret@mail.example"})

    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("COLLAB_SMTP_URL", "http://mail.example"),
        ("COLLAB_MAIL_FROM", "Throughline"),
        ("COLLAB_CONSOLE_URL", "crm.example"),
        ("COLLAB_ESCALATE_UNREAD_AFTER_MIN", "0"),
    ],
)
def test_what_cannot_be_is_refused_by_the_name_of_its_key(key: str, value: str) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        Settings.load({**DEVELOPMENT, key: value})

    assert set(refused.value.faults) == {key}


def test_mail_without_tls_stays_out_of_production_unless_a_mesh_encrypts() -> None:
    mesh = Settings.load({**PRODUCTION, "COLLAB_SMTP_URL": "smtp://relay:25"})

    with pytest.raises(SettingsInvalid) as refused:
        Settings.load({**PRODUCTION, "COLLAB_TRANSPORT": "tls", "COLLAB_SMTP_URL": "smtp://relay:25"})

    assert mesh.smtp_url == "smtp://relay:25"
    assert "COLLAB_SMTP_URL" in refused.value.faults
