from __future__ import annotations

from pathlib import Path

import pytest

from chassis.settings import SettingsInvalid
from gateway.settings import Settings


def faults(**settings: str) -> dict[str, str]:
    with pytest.raises(SettingsInvalid) as refused:
        Settings.load({f"GATEWAY_{name}": value for name, value in settings.items()})
    return refused.value.faults


def test_webhooks_to_this_machine_are_refused_in_production() -> None:
    assert "GATEWAY_WEBHOOK_LOOPBACK" in faults(ENVIRONMENT="production", WEBHOOK_LOOPBACK="true")
    assert "GATEWAY_WEBHOOK_LOOPBACK" not in faults(ENVIRONMENT="development", WEBHOOK_LOOPBACK="true")


def test_a_file_without_a_good_key_is_named_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "bad").write_text("c2hvcnQ=")

    found = faults(SEALING_KEY_FILE=str(tmp_path / "bad"), API_KEY_SIGNING_KEY_FILE=str(tmp_path / "bad"))

    assert {"GATEWAY_SEALING_KEY_FILE", "GATEWAY_API_KEY_SIGNING_KEY_FILE"} <= set(found)
