"""How API keys are put together: the service that makes them, and the exchange at the front door."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from chassis.errors import Unreachable
from chassis.logs import logger
from chassis.runtime import Runtime
from chassis.unit_of_work import UnitOfWork
from gateway.adapters.grpc.api_key_servicer import ApiKeyServicer
from gateway.adapters.postgres.unit_of_work import PostgresWork
from gateway.application.exchange_api_keys import ApiKeyExchange
from gateway.application.manage_api_keys import ApiKeyKeeper
from gateway.issuer.api_key_issuer import ApiKeyIssuer
from gateway.issuer.signing_key import SigningKey
from gateway.settings import Settings

_NOTE_EVERY_S = 15.0

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class ApiKeyParts:
    """What the gateway runs for API keys."""

    servicer: ApiKeyServicer
    exchange: ApiKeyExchange
    issuer: ApiKeyIssuer
    note_used: Callable[[], Awaitable[None]]
    """Keeps when keys were used, until cancelled; part of the role `serve`."""


def api_key_parts(runtime: Runtime[Settings]) -> ApiKeyParts:
    """Nothing connects before a key is made or used."""
    settings = runtime.settings
    unit_of_work = UnitOfWork(runtime.database, PostgresWork)
    path = settings.api_key_signing_key_file
    issuer = ApiKeyIssuer(settings.public_url, SigningKey.read(path) if path else None)
    exchange = ApiKeyExchange(unit_of_work, runtime.directory, issuer)

    async def note_used() -> None:
        while True:
            await asyncio.sleep(_NOTE_EVERY_S)
            try:
                await exchange.note_used()
            except Unreachable as fault:  # that a key was used is no reason to stop serving
                log.warning("api_keys.use_not_noted", fault=str(fault))

    keeper = ApiKeyKeeper(unit_of_work, runtime.authorizer, runtime.directory, issuer)
    return ApiKeyParts(ApiKeyServicer(keeper), exchange, issuer, note_used)
