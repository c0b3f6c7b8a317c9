"""Apache Kafka with two more listeners, both over TLS: one asks for client certificates, one for a password."""

from __future__ import annotations

import re
from pathlib import Path

from kafka.admin import (
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from embedded import ports
from support.kafka_jvm import JvmKafka
from support.shared import SharedFolder

_TLS = """\
ssl.keystore.type=PEM
ssl.keystore.location={pair}
ssl.truststore.type=PEM
ssl.truststore.location={authority}
listener.name.tls.ssl.client.auth=required
listener.name.scram.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.scram.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
"""


class SecuredKafka(JvmKafka):
    """`port` stays the plaintext one, for the test itself.

    Args:
        certificate: PEM of what the broker shows.
        key: PEM of its key, PKCS 8.
        authority: PEM of whom it believes about callers.
    """

    port_names = (*JvmKafka.port_names, "tls", "scram")

    def __init__(self, shared: SharedFolder, name: str, *, certificate: Path, key: Path, authority: Path) -> None:
        super().__init__(shared, name)
        self._authority = authority
        self._pair = shared.path / f"{name}-pair.pem"
        self._pair.touch(mode=0o600)
        self._pair.write_text(key.read_text() + certificate.read_text())

    def bootstrap_of(self, listener: str) -> str:
        """For Kafka clients.

        Args:
            listener: `tls` or `scram`.
        """
        return f"{ports.HOST}:{self._ports[listener]}"

    def add_user(self, name: str, password: str) -> None:
        """Lets somebody in by a password."""
        with self.admin() as admin:
            made = UserScramCredentialUpsertion(name, ScramMechanism.SCRAM_SHA_512, password, iterations=4096)
            admin.alter_user_scram_credentials([made])

    def _settings(self) -> str:
        settings = super()._settings()
        further = "".join(f",{each.upper()}://{self.bootstrap_of(each)}" for each in ("tls", "scram"))
        settings = re.sub(r"^((advertised\.)?listeners=.*)$", rf"\1{further}", settings, flags=re.MULTILINE)
        settings = re.sub(
            r"^(listener\.security\.protocol\.map=.*)$", r"\1,TLS:SSL,SCRAM:SASL_SSL", settings, flags=re.MULTILINE
        )
        return settings + _TLS.format(pair=self._pair, authority=self._authority)
