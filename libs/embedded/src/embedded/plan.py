"""What the supervisor is to run: plain data, written to a file for it by whoever wants a suite to run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Phase = Literal["stopped", "starting", "ready", "failed", "stopping", "abandoned"]
ProcessState = Literal["starting", "ready", "not ready", "restarting", "stopped"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class GrpcReady(_Frozen):
    """Ready when the standard gRPC health service says SERVING for the name `readiness`."""

    kind: Literal["grpc"] = "grpc"
    address: str


class HttpReady(_Frozen):
    """Ready when the address answers 200."""

    kind: Literal["http"] = "http"
    url: str


class ServiceDatabase(_Frozen):
    """The database that is made for a service before it starts.

    Attributes:
        owner_password, login_password: of its two login roles.
        migrate: the command that brings its schema up to date.
        sources: files and folders whose content decides whether it has to run again.
    """

    owner_password: str
    login_password: str
    migrate: tuple[str, ...]
    sources: tuple[Path, ...]


class ServiceSpec(_Frozen):
    """One service.

    Attributes:
        name: as people say it, such as "lead-router"; also names its log.
        command: how it is started; runs until SIGTERM.
        environment: added to the supervisor's own.
        ports: what it listens on, by purpose; checked to be free before it starts.
        ready: all must hold.
        address: where people or programs reach it, for the status.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = Field(repr=False)
    ports: Mapping[str, int]
    ready: tuple[GrpcReady | HttpReady, ...]
    address: str
    database: ServiceDatabase | None = None


class OwnPostgres(_Frozen):
    """A server that the supervisor runs."""

    port: int
    password: str = Field(repr=False)


class ForeignPostgres(_Frozen):
    """A server that somebody else runs."""

    superuser_url: str = Field(repr=False)


class Endpoints(_Frozen):
    """Where a running suite is reached, for the command line, tests and the refill.

    Attributes:
        http: the gateway, such as "http://127.0.0.1:18080"; empty when the suite has none.
        grpc: host and port by service.
        metrics: host and port by service.
        token_url: where a client gets a token for its id and secret.
        client_id, client_secret: of the operator.
    """

    http: str = ""
    grpc: Mapping[str, str] = Field(default_factory=dict)
    metrics: Mapping[str, str] = Field(default_factory=dict)
    token_url: str = ""
    client_id: str = ""
    client_secret: str = Field(default="", repr=False)


Refill = Callable[[Endpoints], None]
"""Sends what the outboxes hold to an empty broker again. Called in the supervisor, so it is a function of a module."""


class Plan(_Frozen):
    """A whole suite.

    Attributes:
        postgres: the server; None for a suite without databases.
        broker_port: of the embedded broker; None when the services use another one.
        refill: "module:function" of a `Refill`.
        start_timeout_s: how long all services together may take to become ready.
        stop_grace_s: how long a service may take to end after SIGTERM.
    """

    postgres: OwnPostgres | ForeignPostgres | None
    broker_port: int | None
    services: tuple[ServiceSpec, ...]
    endpoints: Endpoints = Endpoints()
    refill: str | None = None
    start_timeout_s: float = 90
    stop_grace_s: float = 15


class ProcessStatus(_Frozen):
    """One process of the suite, as the supervisor last saw it.

    Attributes:
        restarts: how often it was started again since the suite came up.
        note: why it is not ready, when it is not.
    """

    name: str
    state: ProcessState
    pid: int | None = None
    address: str = ""
    restarts: int = 0
    note: str = ""


class SuiteStatus(_Frozen):
    """The whole suite.

    Attributes:
        phase: "abandoned" means that the supervisor was killed: `up` cleans up after it.
        step: what is being done while it starts.
        failure: which process failed, its last log lines and what to do; only in the phase "failed".
    """

    phase: Phase
    step: str = ""
    processes: tuple[ProcessStatus, ...] = ()
    failure: str = ""
    endpoints: Endpoints = Endpoints()
