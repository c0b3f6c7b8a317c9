"""What a service's wiring is given: everything the chassis has opened for it."""

import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import Generic, TypeVar

import httpx

from chassis.authorization import Authorizer
from chassis.channels import Channels
from chassis.database import Database
from chassis.directory import Directory
from chassis.kafka_clients import KafkaSettings, TopicPlan
from chassis.kafka_login import KafkaLogin
from chassis.service_tokens import ServiceTokens
from chassis.settings import ServiceSettings
from chassis.transport_security import client_certificates

S = TypeVar("S", bound=ServiceSettings)


@dataclass(frozen=True, slots=True)
class Runtime(Generic[S]):
    """The open parts of one process."""

    settings: S
    database: Database
    kafka: KafkaSettings
    directory: Directory
    authorizer: Authorizer
    channels: Channels
    tokens: ServiceTokens
    http: httpx.AsyncClient
    stack: AsyncExitStack
    """Closes what the wiring opens, in reverse order, when the process ends."""


@cache
def _trusted_authorities() -> ssl.SSLContext:
    """For every client of this process: reading the certificates costs 30 ms and a megabyte each time."""
    return httpx.create_ssl_context()


@asynccontextmanager
async def open_runtime(settings: S) -> AsyncIterator[Runtime[S]]:
    """Opens pools and clients; nothing connects before it is used."""
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(
            Database.open(
                settings.database_url,
                service=settings.service,
                pool_size=settings.database_pool_size,
                pool_wait_s=settings.database_pool_wait_s,
            )
        )
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=5, verify=_trusted_authorities()))
        tokens = ServiceTokens(settings.token_url, settings.client_id, settings.client_secret, http)
        channels = await stack.enter_async_context(
            Channels(settings.peers, tokens=tokens, certificates=client_certificates(settings))
        )
        yield Runtime(
            settings=settings,
            database=database,
            kafka=kafka_of(settings),
            directory=Directory(database),
            authorizer=Authorizer.load(settings.import_name),
            channels=channels,
            tokens=tokens,
            http=http,
            stack=stack,
        )


def kafka_of(settings: ServiceSettings) -> KafkaSettings:
    """The broker that the settings of a service name."""
    login = None
    if settings.kafka_security != "plaintext" and settings.kafka_authority_file is not None:
        login = KafkaLogin(
            settings.kafka_authority_file,
            settings.kafka_certificate_file,
            settings.kafka_key_file,
            settings.kafka_username if settings.kafka_security == "scram" else None,
            settings.kafka_password,
        )
    topics = TopicPlan(
        settings.kafka_topic_partitions, settings.kafka_topic_replicas, settings.kafka_topic_min_insync_replicas
    )
    is_embedded = settings.kafka_profile == "embedded"
    return KafkaSettings(settings.kafka_bootstrap, is_embedded=is_embedded, topics=topics, login=login)
