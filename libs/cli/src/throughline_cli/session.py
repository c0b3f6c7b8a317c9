"""What a command has at hand: the screen, the embedded suite, and the gateway as one caller or another."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO

import httpx
import typer

from embedded.suite import Suite
from throughline_cli.catalogue import Texts
from throughline_cli.endpoints import Caller, KnownCaller, Target
from throughline_cli.failures import Exit, Failure
from throughline_cli.gateway import PATIENCE_S, Gateway, connect
from throughline_cli.refill import republish
from throughline_cli.screen import Screen
from throughline_cli.tokens import Tokens

TransportMaker = Callable[[], httpx.BaseTransport | None]


@dataclass
class Session:
    """One run of the command. Nothing is connected before it is needed.

    Attributes:
        transport: in place of the network, for tests.
        program: how whoever called can call again.
    """

    texts: Texts
    environment: Mapping[str, str]
    out: IO[str]
    err: IO[str]
    location: Path | None = None
    transport: httpx.BaseTransport | None = None
    program: str = "throughline"
    _open: ExitStack = field(default_factory=ExitStack)

    @cached_property
    def screen(self) -> Screen:
        """Where results and remarks go."""
        return Screen(self.texts, self.out, self.err)

    @cached_property
    def suite(self) -> Suite:
        """The embedded suite of the data folder; a new broker in it is refilled by itself."""
        return Suite(self.location, refill=republish)

    @cached_property
    def target(self) -> Target:
        """The gateway to talk to."""
        return Target.find(self.environment, self.suite)

    @cached_property
    def http(self) -> httpx.Client:
        """The connections to it."""
        return self._open.enter_context(connect(self.target.url, self.texts.locale, transport=self.transport))

    @cached_property
    def tokens(self) -> Tokens:
        """Tokens of the embedded issuer."""
        return Tokens(self.target, self.http)

    @cached_property
    def known_caller(self) -> KnownCaller:
        """Who commands are called as when nobody is named."""
        return KnownCaller(self.suite.folder)

    def caller(self, subject: str = "", tenant_id: str = "") -> Caller:
        """The person to call as: the one named, else the one known.

        Raises:
            Failure: nobody is named, and no tenant was made from here.
        """
        known = self.known_caller.read()
        tenant_id = tenant_id or (known.tenant_id if known else "")
        subject = subject or (known.subject if known and known.tenant_id == tenant_id else "")
        if not tenant_id or not subject:
            raise Failure("failure.nobody", Exit.FORBIDDEN)
        return Caller(tenant_id, subject)

    def gateway(self, subject: str = "", tenant_id: str = "") -> Gateway:
        """The gateway for a person of a tenant, or for the holder of the token that the environment gives."""
        if token := self.target.token:
            return Gateway(self.http, lambda: token)
        return self.gateway_as(self.caller(subject, tenant_id))

    def gateway_as(self, caller: Caller, *, awaits_people: bool = False) -> Gateway:
        """The gateway for a person by a token of the embedded issuer.

        Args:
            awaits_people: repeats calls until the person, who may have been made a moment ago, is known everywhere.
        """
        return Gateway(self.http, lambda: self.tokens.of(caller), awaits_people=awaits_people)

    def operator(self, *, patience_s: float = PATIENCE_S) -> Gateway:
        """The gateway for the operator of the platform.

        Args:
            patience_s: how long a call is repeated.
        """
        if token := self.target.token:
            return Gateway(self.http, lambda: token, patience_s=patience_s)
        return Gateway(self.http, self.tokens.operator, patience_s=patience_s)

    @contextmanager
    def closing(self) -> Iterator[None]:
        """Closes at the end what was opened on the way."""
        with self._open:
            yield


def session_of(context: typer.Context) -> Session:
    """The session that a command runs in."""
    session: Session = context.obj
    return session


def new_request_id(purpose: str) -> str:
    """An idempotency key of its own, readable in the logs."""
    return f"cli:{purpose}:{uuid.uuid4()}"
