"""Settings of the gateway, read from `GATEWAY_…`."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator

from chassis.settings import Address, ServiceSettings
from gateway.adapters.webhooks.vault import Vault
from gateway.issuer.signing_key import SigningKey

ITSELF = "gateway"


class Settings(ServiceSettings, env_prefix="GATEWAY_"):
    """What the front door needs beside what every service needs."""

    http_listen: Address
    public_url: str = Field(pattern=r"^https?://[^/?#]+$")
    """Address under which clients reach the gateway, without a slash at its end."""
    trusted_proxies: str = "127.0.0.1"
    """Addresses or networks, comma separated, whose `X-Forwarded-For` is believed; `*` for any."""

    issuer_key_file: Path | None = None
    """Private P-256 key in PEM of the built-in issuer; development only. Without it there is no such issuer."""
    service_clients: dict[str, str] = Field(default_factory=dict, repr=False)
    """Secret by client id, for the built-in issuer. The client `operator` runs the platform."""

    api_key_signing_key_file: Path | None = None
    """Private P-256 keys in PEM of the issuer that stands behind API keys, the same in every process: the first signs,
    all are shown. Without it there are no API keys."""
    sealing_key_file: Path | None = None
    """One AES key a line, 32 bytes in base64, that seals the secrets of webhooks; the first seals, all open. Without
    it no webhook can be made."""
    workers: dict[str, str] = Field(default_factory=dict)
    """Address by service of its worker, where that is a process of its own: the clock that moves, in development, waits
    for what workers have left to do. Without one, a service's own address counts."""
    webhook_loopback: bool = False
    """Whether webhooks may be sent by plain http to this very machine; development and tests only."""
    webhook_tries: int = Field(default=16, ge=1, le=100)
    """Failures in a row after which a webhook is suspended."""
    webhook_first_pause_s: float = Field(default=5.0, gt=0, le=3600)
    """Most to wait after the first failure; it doubles with each, up to an hour."""

    rate_per_s: float = Field(default=200.0, gt=0)
    """Requests a second of one caller, per process, in the long run."""
    rate_burst: int = Field(default=1_000, ge=1)
    tenant_rate_per_s: float = Field(default=2_000.0, gt=0)
    """The same of all callers of one tenant together."""
    tenant_rate_burst: int = Field(default=8_000, ge=1)
    anonymous_rate_per_s: float = Field(default=20.0, gt=0)
    """The same of one address without a good token."""
    anonymous_rate_burst: int = Field(default=200, ge=1)

    objects_url: str = Field(pattern=r"^(file:///|s3://)\S+$")
    """Where the bytes of files are kept, the same as the services that own them have."""
    objects_options: dict[str, str] = Field(default_factory=dict, repr=False)
    """Of S3, as JSON: `endpoint`, `region`, `access_key_id`, `secret_access_key`."""

    body_limit_bytes: int = Field(default=4 * 1024 * 1024, ge=1024, le=16 * 1024 * 1024)
    line_limit_bytes: int = Field(default=256 * 1024, ge=1024, le=4 * 1024 * 1024)
    """Of one line of a stream."""
    call_timeout_s: float = Field(default=300.0, gt=0, le=300)
    """Most for one call of another service, whatever its contract allows."""
    stream_timeout_s: float = Field(default=300.0, gt=0, le=3600)
    """Of a stream of requests, from its first line to the answer."""
    settle_timeout_s: float = Field(default=40.0, gt=0, le=600)
    """How long a suite that is to come to rest may stand still with work left."""

    @field_validator("peers", mode="after")
    @classmethod
    def _reaches_itself(cls, peers: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        """Operations of the gateway's own worker are reached as those of every service: over gRPC."""
        own = str(info.data.get("grpc_listen", "")).replace("0.0.0.0:", "127.0.0.1:").replace("[::]:", "[::1]:")
        return {ITSELF: own, **peers} if own else peers

    @field_validator("api_key_signing_key_file")
    @classmethod
    def _signing_key_is_there(cls, path: Path | None) -> Path | None:
        if path is not None:
            SigningKey.read(path)
        return path

    @field_validator("sealing_key_file")
    @classmethod
    def _sealing_keys_are_there(cls, path: Path | None) -> Path | None:
        if path is not None:
            Vault.read(path)
        return path

    @field_validator("webhook_loopback")
    @classmethod
    def _loopback_is_for_development(cls, allowed: bool, info: ValidationInfo) -> bool:
        if allowed and info.data.get("environment", "production") == "production":
            raise ValueError("webhooks to this machine are for development")
        return allowed

    @field_validator("issuer_key_file")
    @classmethod
    def _issuer_is_for_development(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        if path is None:
            return None
        if info.data.get("environment", "production") == "production":
            raise ValueError("the built-in issuer is for development; production names an OpenID Connect provider")
        if not path.is_file():
            raise ValueError("no such file")
        return path
