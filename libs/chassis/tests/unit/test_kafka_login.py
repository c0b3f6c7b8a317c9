from __future__ import annotations

from pathlib import Path

from kafka import KafkaConsumer, KafkaProducer

from chassis.kafka_login import KafkaLogin


def test_a_password_is_shown_over_tls_only() -> None:
    login = KafkaLogin(Path("ca.crt"), username="router", password="s3cret")

    assert login.options["security_protocol"] == "SASL_SSL"
    assert login.options["sasl_mechanism"] == "SCRAM-SHA-512"
    assert "ssl_keyfile" not in login.options
    assert "s3cret" not in repr(login)


def test_a_certificate_is_shown_with_its_key() -> None:
    login = KafkaLogin(Path("ca.crt"), Path("user.crt"), Path("user.key"))

    assert login.options == {
        "security_protocol": "SSL",
        "ssl_cafile": "ca.crt",
        "ssl_certfile": "user.crt",
        "ssl_keyfile": "user.key",
    }


def test_options_are_ones_that_the_client_knows() -> None:
    """It takes any keyword silently only until it connects."""
    for login in (KafkaLogin(Path("a"), username="u", password="p"), KafkaLogin(Path("a"), Path("b"), Path("c"))):
        assert set(login.options) <= set(KafkaProducer.DEFAULT_CONFIG)
        assert set(login.options) <= set(KafkaConsumer.DEFAULT_CONFIG)
