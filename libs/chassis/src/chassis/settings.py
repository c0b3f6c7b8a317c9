"""Settings of a service, read from the environment once, at start.

A service subclasses `ServiceSettings` with its prefix and adds what only it needs. Nothing else reads the environment.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

Environment = Literal["production", "development"]
Transport = Literal["plaintext", "mesh", "tls"]
LogLevel = Literal["debug", "info", "warning", "error"]
Address = Annotated[str, Field(pattern=r"^\S+:\d{1,5}$")]


class SettingsInvalid(Exception):
    """The environment lacks keys or holds bad values. Names all of them; never shows a value, for it may be secret."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        self.faults = dict(faults)
        listed = "\n".join(f"  {key}: {fault}" for key, fault in sorted(self.faults.items()))
        super().__init__(f"{len(self.faults)} settings are missing or bad:\n{listed}")


class Issuer(BaseModel):
    """Who may sign tokens, and where the keys are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str = Field(min_length=1)
    """Must equal the token's `iss` to the letter."""
    jwks_url: str = Field(pattern=r"^https?://")
    audience: str = "throughline"
    services: bool = False
    """Whether it may name services. Of several, only the first counts."""
    tenants: tuple[str, ...] = ()
    """Tenants whose people it may name; empty for any."""


class MigrationSettings(BaseModel):
    """What `migrate` needs, and nothing else: it runs before certificates, clients and other secrets need be there."""

    model_config = ConfigDict(frozen=True)

    owner_database_url: str = Field(repr=False, pattern=r"^postgresql\+asyncpg://")
    log_level: LogLevel = "info"

    @classmethod
    def load(cls, prefix: str, environ: Mapping[str, str] | None = None) -> Self:
        """Reads what the service of this prefix, such as `LEAD_ROUTER_`, is given, or the mapping.

        Raises:
            SettingsInvalid: names every missing and every bad key.
        """
        names = _names(cls, prefix)
        try:
            return cls.model_validate(_given(names, environ))
        except ValidationError as refusal:
            raise SettingsInvalid(_faults(refusal, names)) from None


class ServiceSettings(BaseSettings):
    """What every service needs. The name of a key in the environment is the prefix and the field's name in capitals."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", validate_default=True)

    # Declared first: the rules below look at these two.
    environment: Environment = "production"
    transport: Transport = Field(default="tls")
    """How gRPC between services is protected: by our own certificates, by a mesh's, or, in development, not at all.
    Left out, it is `tls` in production and `plaintext` in development."""
    tls_certificate_file: Path | None = None
    tls_key_file: Path | None = None
    tls_authority_file: Path | None = None

    database_url: str = Field(repr=False, pattern=r"^postgresql\+asyncpg://")
    database_pool_size: int = Field(default=20, ge=12, le=200)
    """Most connections to PostgreSQL at a time, per process. Its `max_connections` must hold those of all processes; a
    worker holds up to nine for as long as it leads."""
    database_pool_wait_s: float = Field(default=5.0, gt=0, le=60)
    """How long work waits for one of them to come free before it is refused."""
    kafka_bootstrap: str = Field(min_length=1)
    kafka_profile: Literal["apache", "embedded"] = "apache"
    kafka_security: Literal["plaintext", "tls", "scram"] = "plaintext"
    """How we speak to the broker: `tls` shows a certificate of ours, `scram` a password over TLS (SCRAM-SHA-512)."""
    kafka_authority_file: Path | None = None
    """Whom to believe to be the broker, with `tls` and `scram`."""
    kafka_certificate_file: Path | None = None
    kafka_key_file: Path | None = None
    kafka_username: str | None = None
    kafka_password: str | None = Field(default=None, repr=False)
    kafka_topic_partitions: int = Field(default=24, ge=1, le=1_000)
    """Of a topic that this service makes because the broker lacks it; topics that are there stay as they are."""
    kafka_topic_replicas: int = Field(default=1, ge=1, le=15)
    """Copies of such a topic, on as many nodes of the broker."""
    kafka_topic_min_insync_replicas: int = Field(default=1, ge=1, le=15)
    """How many of them must have a record before it counts as written."""
    grpc_listen: Address
    probe_listen: Address | None = None
    """Where health alone is served, in plaintext: Kubernetes' own gRPC probes speak no TLS."""
    peers: dict[str, str] = Field(default_factory=dict)
    """Address by service, for example `{"collab": "dns:///collab-headless:50051"}`; only those this service calls."""
    issuers: tuple[Issuer, ...] = Field(min_length=1)
    client_id: str = Field(min_length=1)
    client_secret: str = Field(min_length=1, repr=False)
    token_url: str = Field(pattern=r"^https?://")
    clock_movable: bool = False
    otlp_endpoint: str | None = None
    """`host:port` of an OTLP collector by gRPC; without it no spans leave the process."""
    traces_sampled_share: float = Field(default=1.0, ge=0, le=1)
    """Of the traces that begin here, how many are recorded; a caller's choice is followed."""
    metrics_listen: Address | None = None
    log_level: LogLevel = "info"
    drain_s: float = Field(default=5.0, ge=0, le=60)
    """How long calls are still taken after the health answers turned to NOT_SERVING."""
    grace_s: float = Field(default=20.0, ge=0, le=300)
    """How long running calls may take to end after that."""
    failpoints: str = ""
    """Where a fault test kills this process, as `chassis.failpoints` describes; refused in production."""
    max_concurrent_calls: int = Field(default=200, ge=1, le=10_000)

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Reads the process environment, or the mapping given.

        Raises:
            SettingsInvalid: names every missing and every bad key.
        """
        prefix = cls.model_config.get("env_prefix", "")
        names = _names(cls, prefix)
        found: dict[str, Any] = dict(_given(names, environ))
        found.setdefault("transport", "plaintext" if found.get("environment") == "development" else "tls")
        try:
            return cls.model_validate({field: _decoded(cls, field, text) for field, text in found.items()})
        except ValidationError as refusal:
            raise SettingsInvalid(_faults(refusal, names)) from None

    @classmethod
    def settings_customise_sources(  # type: ignore[override]  # the other sources are left unread on purpose
        cls,
        _class: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        **_others: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)  # `load` has read the environment already, so that tests can give one of their own.

    @property
    def import_name(self) -> str:
        """Name of the service's package, for example `lead_router`."""
        return self.model_config.get("env_prefix", "").rstrip("_").lower()

    @property
    def service(self) -> str:
        """Name of the service, for example `lead-router`."""
        return self.import_name.replace("_", "-")

    @field_validator("transport")
    @classmethod
    def _no_plaintext_in_production(cls, transport: str, info: ValidationInfo) -> str:
        if transport == "plaintext" and _is_production(info):
            raise ValueError("plaintext is for development; use tls, or mesh where a mesh encrypts")
        return transport

    @field_validator("tls_certificate_file", "tls_key_file", "tls_authority_file")
    @classmethod
    def _files_for_tls(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        if path is None and info.data.get("transport") == "tls":
            raise ValueError("needed with transport tls")
        if path is not None and not path.is_file():
            raise ValueError("no such file")
        return path

    @field_validator("kafka_authority_file", "kafka_certificate_file", "kafka_key_file")
    @classmethod
    def _files_for_kafka(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        security = info.data.get("kafka_security")
        if path is None and (security == "tls" or (security == "scram" and info.field_name == "kafka_authority_file")):
            raise ValueError(f"needed with kafka security {security}")
        if path is not None and not path.is_file():
            raise ValueError("no such file")
        return path

    @field_validator("kafka_username", "kafka_password")
    @classmethod
    def _names_for_kafka(cls, text: str | None, info: ValidationInfo) -> str | None:
        if text is None and info.data.get("kafka_security") == "scram":
            raise ValueError("needed with kafka security scram")
        return text

    @field_validator("kafka_topic_min_insync_replicas")
    @classmethod
    def _topics_can_be_written(cls, copies: int, info: ValidationInfo) -> int:
        if copies > info.data.get("kafka_topic_replicas", copies):
            raise ValueError("more than kafka topic replicas: nothing could ever be written")
        return copies

    @field_validator("failpoints")
    @classmethod
    def _no_failpoints_in_production(cls, failpoints: str, info: ValidationInfo) -> str:
        if failpoints and _is_production(info):
            raise ValueError("failpoints are for fault tests")
        return failpoints

    @field_validator("clock_movable")
    @classmethod
    def _no_moving_clock_in_production(cls, movable: bool, info: ValidationInfo) -> bool:
        if movable and _is_production(info):
            raise ValueError("the clock stands fast in production")
        return movable

    @field_validator("kafka_profile")
    @classmethod
    def _no_embedded_broker_in_production(cls, profile: str, info: ValidationInfo) -> str:
        if profile == "embedded" and _is_production(info):
            raise ValueError("the embedded broker is for development")
        return profile

    @field_validator("token_url")
    @classmethod
    def _token_url_is_protected(cls, url: str, info: ValidationInfo) -> str:
        _require_protected(url, info)
        return url

    @field_validator("issuers")
    @classmethod
    def _issuers_are_protected(cls, issuers: tuple[Issuer, ...], info: ValidationInfo) -> tuple[Issuer, ...]:
        for issuer in issuers:
            _require_protected(issuer.jwks_url, info)
        return issuers


def _names(settings: type[BaseModel], prefix: str) -> dict[str, str]:
    """Name of the key in the environment by field."""
    return {field: f"{prefix}{field}".upper() for field in settings.model_fields}


def _given(names: Mapping[str, str], environ: Mapping[str, str] | None) -> dict[str, str]:
    """What the environment, or the mapping, says by field. An empty value is one that a template left out."""
    given = {key.upper(): value for key, value in (os.environ if environ is None else environ).items()}
    return {field: given[name] for field, name in names.items() if given.get(name)}


def _is_production(info: ValidationInfo) -> bool:
    # Absent means that `environment` itself was refused: judge the rest as strictly as can be.
    environment: Environment = info.data.get("environment", "production")
    return environment == "production"


def _require_protected(url: str, info: ValidationInfo) -> None:
    if _is_production(info) and info.data.get("transport") != "mesh" and urlsplit(url).scheme != "https":
        raise ValueError("must be https in production, unless a mesh encrypts")


def _decoded(settings: type[ServiceSettings], field: str, text: str) -> object:
    """JSON for the two structured fields, the text itself for all others."""
    if settings.model_fields[field].annotation not in (str, str | None) and text.lstrip().startswith(("[", "{")):
        try:
            return json.loads(text)
        except json.JSONDecodeError:
            return text
    return text


def _faults(refusal: ValidationError, names: Mapping[str, str]) -> dict[str, str]:
    faults: dict[str, list[str]] = {}
    for error in refusal.errors(include_url=False):
        field, *inner = error["loc"]
        path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in inner)
        said = "missing" if error["type"] == "missing" else error["msg"].removeprefix("Value error, ")
        faults.setdefault(names[str(field)] + path, []).append(said)
    return {key: "; ".join(said) for key, said in faults.items()}
