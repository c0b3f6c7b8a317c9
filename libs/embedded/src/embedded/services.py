"""The five services of the suite: how each is started, and the settings that wire them together on one machine."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from embedded import ports
from embedded.credentials import Credentials
from embedded.plan import (
    Endpoints,
    ForeignPostgres,
    GrpcReady,
    HttpReady,
    OwnPostgres,
    Plan,
    ServiceDatabase,
    ServiceSpec,
)
from embedded.state import DataFolder

SERVICES = ("collab", "lead-router", "pipeline", "scoring", "gateway")
"""In the order they are started: first whose answers the others need most, last the door to the outside."""

OPERATOR = "operator"
"""The client that the command line calls the suite as."""

JWKS_PATH = "/.well-known/jwks.json"
API_KEYS_PATH = "/api-keys"
TOKEN_PATH = "/oauth/token"  # noqa: S105 (a path, no password)
READY_PATH = "/readyz"

_STOP_GRACE_S = 15
_DRAIN_S = 0.5
_FEW_HEAPS = {"MALLOC_ARENA_MAX": "2"}
"""A heap for every thread, as the C library makes them by itself, keeps some 20 MB a process that nobody uses."""


@dataclass(frozen=True, slots=True)
class ForeignBroker:
    """An event broker that somebody else runs: "host:port", and "apache" or "embedded"."""

    bootstrap: str
    profile: str = "apache"


@dataclass(frozen=True, slots=True)
class Wiring:
    """What may differ between an embedded suite and another: fault tests bring servers of their own to break."""

    postgres: ForeignPostgres | None = None
    broker: ForeignBroker | None = None
    settings: Mapping[str, str] | None = None
    """Settings by full name, such as PIPELINE_LOG_LEVEL; they win over the ones made here."""


def throughline_plan(folder: DataFolder, wiring: Wiring | None = None) -> Plan:
    """The whole suite on this machine, its ports and secrets made on first use and kept in the data folder."""
    return _Planner(folder, wiring or Wiring()).plan()


def module_of(service: str) -> str:
    """The import name of a service: "lead_router" for "lead-router"."""
    return service.replace("-", "_")


class _Planner:
    def __init__(self, folder: DataFolder, wiring: Wiring) -> None:
        self._folder = folder
        self._wiring = wiring
        self._credentials = Credentials(folder)
        self._credentials.ensure_issuer_key()
        self._credentials.ensure_api_key_signing_key()
        self._credentials.ensure_sealing_key()
        of_services = [f"{service}.{purpose}" for service in SERVICES for purpose in ("grpc", "metrics")]
        self._ports = ports.kept(folder, ["gateway.http", "postgres", "broker", *of_services])
        self._clients = self._credentials.secrets((*SERVICES, OPERATOR), prefix="client")
        self._url = f"http://{ports.HOST}:{self._ports['gateway.http']}"

    def plan(self) -> Plan:
        own_postgres = OwnPostgres(port=self._ports["postgres"], password=self._credentials.secret("postgres"))
        return Plan(
            postgres=self._wiring.postgres or own_postgres,
            broker_port=None if self._wiring.broker else self._ports["broker"],
            services=tuple(self._service(service) for service in SERVICES),
            endpoints=Endpoints(
                http=self._url,
                grpc={service: self._address(service) for service in SERVICES},
                metrics={service: self._address(service, "metrics") for service in SERVICES},
                token_url=f"{self._url}{TOKEN_PATH}",
                client_id=OPERATOR,
                client_secret=self._clients[OPERATOR],
            ),
            stop_grace_s=_STOP_GRACE_S,
        )

    def _service(self, service: str) -> ServiceSpec:
        is_gateway = service == "gateway"
        purposes = ("grpc", "metrics", "http") if is_gateway else ("grpc", "metrics")
        ready: tuple[GrpcReady | HttpReady, ...] = (GrpcReady(address=self._address(service)),)
        if is_gateway:
            ready = (*ready, HttpReady(url=f"{self._url}{READY_PATH}"))
        return ServiceSpec(
            name=service,
            command=(sys.executable, "-m", module_of(service), "all"),
            environment=self._environment(service),
            ports={purpose: self._ports[f"{service}.{purpose}"] for purpose in purposes},
            ready=ready,
            address=self._url if is_gateway else self._address(service),
            database=self._database(service),
        )

    def _database(self, service: str) -> ServiceDatabase:
        return ServiceDatabase(
            owner_password=self._credentials.secret(f"owner:{service}"),
            login_password=self._credentials.secret(f"login:{service}"),
            migrate=(sys.executable, "-m", module_of(service), "migrate"),
            sources=_migration_sources(module_of(service)),
        )

    def _environment(self, service: str) -> dict[str, str]:
        settings = self._common(service)
        if service == "gateway":
            settings |= {
                "API_KEY_SIGNING_KEY_FILE": str(self._folder.api_key_signing_key),
                "HTTP_LISTEN": f"{ports.HOST}:{self._ports['gateway.http']}",
                "ISSUER_KEY_FILE": str(self._folder.issuer_key),
                "PUBLIC_URL": self._url,
                "SEALING_KEY_FILE": str(self._folder.sealing_key),
                "SERVICE_CLIENTS": json.dumps(self._clients),
                "WEBHOOK_LOOPBACK": "true",
            }
        if service == "pipeline":
            settings |= {"FILE_TICKET_KEY": self._credentials.secret("file-tickets")}
        if service == "collab":
            settings |= {"MAIL_FROM": "throughline@localhost"}
        prefix = module_of(service).upper()
        environment = {f"{prefix}_{name}": value for name, value in settings.items()}
        chosen = {k: v for k, v in (self._wiring.settings or {}).items() if k.startswith(f"{prefix}_")}
        return environment | chosen | _FEW_HEAPS | _without_proxy()

    def _common(self, service: str) -> dict[str, str]:
        broker = self._wiring.broker or ForeignBroker(f"{ports.HOST}:{self._ports['broker']}", "embedded")
        return {
            "ENVIRONMENT": "development",
            "CLOCK_MOVABLE": "true",
            "DATABASE_URL": self._database_url(service, "login"),
            "OWNER_DATABASE_URL": self._database_url(service, "owner"),
            "KAFKA_BOOTSTRAP": broker.bootstrap,
            "KAFKA_PROFILE": broker.profile,
            "GRPC_LISTEN": self._address(service),
            "METRICS_LISTEN": self._address(service, "metrics"),
            # On one machine nothing is gained by withholding an address; the chart names only those really called.
            "PEERS": json.dumps({peer: self._address(peer) for peer in SERVICES if peer != service}),
            "ISSUERS": json.dumps(
                [
                    {"issuer": self._url, "jwks_url": f"{self._url}{JWKS_PATH}", "services": True},
                    {"issuer": f"{self._url}{API_KEYS_PATH}", "jwks_url": f"{self._url}{API_KEYS_PATH}{JWKS_PATH}"},
                ]
            ),
            "CLIENT_ID": service,
            "CLIENT_SECRET": self._clients[service],
            "TOKEN_URL": f"{self._url}{TOKEN_PATH}",
            "DRAIN_S": str(_DRAIN_S),
            "OBJECTS_URL": self._folder.objects.as_uri(),
        }

    def _address(self, service: str, purpose: str = "grpc") -> str:
        return f"{ports.HOST}:{self._ports[f'{service}.{purpose}']}"

    def _database_url(self, service: str, role: str) -> str:
        password = self._credentials.secret(f"{role}:{service}")
        where = f"{ports.HOST}:{self._ports['postgres']}"
        if self._wiring.postgres is not None:
            where = self._wiring.postgres.superuser_url.rpartition("@")[2].partition("/")[0]
        return f"postgresql+asyncpg://{module_of(service)}_{role}:{password}@{where}/{module_of(service)}"


def _migration_sources(module: str) -> tuple[Path, ...]:
    """The service's migrations, in the package or beside `src`, and what the chassis runs them by."""
    package, chassis = _folder_of(module), _folder_of("chassis")
    ours = (chassis / "migrations.py", chassis / "alembic_environment")
    return (package / "migrations", package.parents[1] / "migrations", *ours)


def _folder_of(module: str) -> Path:
    found = importlib.util.find_spec(module)
    if found is None or not found.submodule_search_locations:
        message = f"The package {module} is not installed; run `make install`."
        raise ModuleNotFoundError(message)
    return Path(found.submodule_search_locations[0])


def _without_proxy() -> dict[str, str]:
    """Keeps calls on this machine away from a proxy that the user's environment may name."""
    others = os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""
    value = ",".join(filter(None, (others, ports.HOST, "localhost")))
    return {"NO_PROXY": value, "no_proxy": value}
