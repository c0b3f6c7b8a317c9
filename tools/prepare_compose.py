"""Writes what `compose.yaml` takes from files: settings, passwords and keys, in `.var/compose/`.

Run by `make compose-up`. Secrets are random, made once and kept, as the data in compose's volumes depends on them. The
folder is open to its owner alone; the files in it are readable by all, as containers read them under a user of their
own. All of it is for trying the suite out: `environment=development`, plaintext between containers, tokens from the
gateway's built-in issuer.
"""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import suppress
from pathlib import Path

import httpx

from embedded.credentials import Credentials
from embedded.services import API_KEYS_PATH, JWKS_PATH, OPERATOR, READY_PATH, SERVICES, TOKEN_PATH, module_of
from embedded.state import DataFolder

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".var" / "compose"
_GRPC, _METRICS, _HTTP = 50051, 9464, 8080
_BUCKET = "throughline"
_REGION = "us-east-1"
_PATIENCE_S = 300


def main() -> int:
    if sys.argv[1:] == ["--await"]:
        return _await_ready()
    folder = DataFolder(FOLDER)
    folder.prepare()
    FOLDER.chmod(0o700)
    port = os.environ.get("THROUGHLINE_PORT", str(_HTTP))
    settings = Settings(Credentials(folder), f"http://127.0.0.1:{port}")
    _write("postgres-password", settings.secrets.secret("postgres"))
    _write("databases.json", json.dumps({service: settings.passwords(service) for service in SERVICES}))
    _write("s3.env", _lines(settings.of_store()))
    _write("cli.env", _lines(settings.of_command_line()))
    for service in SERVICES:
        _write(f"{service}.env", _lines(settings.of(service)))
        _write(f"{service}.migrate.env", _lines(settings.of_migration(service)))
    settings.secrets.ensure_issuer_key()
    settings.secrets.ensure_api_key_signing_key()
    settings.secrets.ensure_sealing_key()
    for key in (folder.issuer_key, folder.api_key_signing_key, folder.sealing_key):
        key.chmod(0o444)
    print(f"compose: settings and secrets are in {FOLDER.relative_to(ROOT)}")
    return 0


def _await_ready() -> int:
    """Waits until the gateway answers that it is ready."""
    lines = (line.partition("=") for line in (FOLDER / "cli.env").read_text().splitlines())
    url = {name: value for name, _, value in lines}["THROUGHLINE_URL"]
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        with suppress(httpx.TransportError):
            if httpx.get(f"{url}{READY_PATH}", timeout=5, trust_env=False).is_success:
                return 0
        time.sleep(1)
    print(
        f"compose: the gateway is not ready after {_PATIENCE_S} s; see `docker-compose logs gateway`", file=sys.stderr
    )
    return 1


class Settings:
    """Every setting of the suite in containers, by service."""

    def __init__(self, secrets: Credentials, url: str) -> None:
        self.secrets = secrets
        self._url = url
        self._clients = secrets.secrets((*SERVICES, OPERATOR), prefix="client")

    def passwords(self, service: str) -> dict[str, str]:
        """Of the two roles of a service's database."""
        return {role: self.secrets.secret(f"{role}:{service}") for role in ("owner", "login")}

    def of(self, service: str) -> dict[str, str]:
        """What both roles of a service need; no right to change the schema."""
        settings = self._common(service)
        if service in ("gateway", "pipeline"):
            settings |= {"OBJECTS_URL": f"s3://{_BUCKET}/files", "OBJECTS_OPTIONS": json.dumps(self._store_options())}
        if service == "gateway":
            settings |= {
                "API_KEY_SIGNING_KEY_FILE": "/run/secrets/api-key-signing-key",
                "HTTP_LISTEN": f"0.0.0.0:{_HTTP}",
                "ISSUER_KEY_FILE": "/run/secrets/issuer-key",
                "PUBLIC_URL": self._url,
                "SEALING_KEY_FILE": "/run/secrets/sealing-key",
                "SETTLE_TIMEOUT_S": "120",  # consumers join a broker that has just started
                "SERVICE_CLIENTS": json.dumps(self._clients),
                "WORKERS": json.dumps({each: f"{each}-worker:{_GRPC}" for each in SERVICES}),
            }
        if service == "pipeline":
            settings |= {"FILE_TICKET_KEY": self.secrets.secret("file-tickets")}
        return _prefixed(service, settings)

    def of_migration(self, service: str) -> dict[str, str]:
        """What a migration needs beside that: the owner of the schema."""
        return _prefixed(service, {"OWNER_DATABASE_URL": self._database_url(service, "owner")})

    def of_store(self) -> dict[str, str]:
        """The root user of the S3 store, by the names that MinIO reads."""
        options = self._store_options()
        return {
            "MINIO_ROOT_USER": options["access_key_id"],
            "MINIO_ROOT_PASSWORD": options["secret_access_key"],
            "BUCKET": _BUCKET,
        }

    def of_command_line(self) -> dict[str, str]:
        """For `throughline` on this machine, as the operator."""
        return {
            "THROUGHLINE_URL": self._url,
            "THROUGHLINE_CLIENT_ID": OPERATOR,
            "THROUGHLINE_CLIENT_SECRET": self._clients[OPERATOR],
            "THROUGHLINE_DATA_DIR": str(FOLDER),
        }

    def _common(self, service: str) -> dict[str, str]:
        issuer = f"http://gateway:{_HTTP}"
        return {
            "ENVIRONMENT": "development",
            "CLOCK_MOVABLE": "true",
            "DATABASE_URL": self._database_url(service, "login"),
            "KAFKA_BOOTSTRAP": "kafka:9092",
            "GRPC_LISTEN": f"0.0.0.0:{_GRPC}",
            "METRICS_LISTEN": f"0.0.0.0:{_METRICS}",
            "PEERS": json.dumps({peer: f"dns:///{peer}:{_GRPC}" for peer in SERVICES if peer != service}),
            "ISSUERS": json.dumps(
                [
                    {"issuer": self._url, "jwks_url": f"{issuer}{JWKS_PATH}", "services": True},
                    {
                        "issuer": f"{self._url}{API_KEYS_PATH}",
                        "jwks_url": f"{issuer}{API_KEYS_PATH}{JWKS_PATH}",
                    },
                ]
            ),
            "CLIENT_ID": service,
            "CLIENT_SECRET": self._clients[service],
            "TOKEN_URL": f"{issuer}{TOKEN_PATH}",
            "OTLP_ENDPOINT": os.environ.get("THROUGHLINE_OTLP", "collector:4317"),
        }

    def _store_options(self) -> dict[str, str]:
        return {
            "endpoint": "http://s3:9000",
            "region": _REGION,
            "access_key_id": "throughline",
            "secret_access_key": self.secrets.secret("s3"),
            "virtual_hosted_style_request": "false",
        }

    def _database_url(self, service: str, role: str) -> str:
        name = module_of(service)
        return f"postgresql+asyncpg://{name}_{role}:{self.passwords(service)[role]}@postgres:5432/{name}"


def _prefixed(service: str, settings: dict[str, str]) -> dict[str, str]:
    return {f"{module_of(service).upper()}_{name}": value for name, value in settings.items()}


def _lines(settings: dict[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def _write(name: str, text: str) -> None:
    place = FOLDER / name
    place.write_text(text)
    place.chmod(0o444)


if __name__ == "__main__":
    sys.exit(main())
