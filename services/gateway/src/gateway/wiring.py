"""The composition root: contracts into routes, channels into the transcoder, notices from broker to browser."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial

from fastapi import APIRouter

from chassis.authentication import Authentication
from chassis.channels import Channels, probe
from chassis.clock import BusinessClock
from chassis.files.object_store import ObjectStore
from chassis.health import READINESS
from chassis.identity import TokenVerifier
from chassis.outbox import NOTICE
from chassis.retention import tenants_of
from chassis.runtime import Runtime
from chassis.service import Job, Service
from chassis.subscription import Subscription, Together
from chassis.transport_security import client_certificates
from gateway.adapters.grpc.file_owners import GrpcFileOwners
from gateway.adapters.grpc.operations import GrpcSuite
from gateway.adapters.grpc.reconciliation_servicer import ReconciliationServicer
from gateway.adapters.grpc.record_keepers import GrpcRecordServices
from gateway.adapters.grpc.search_owners import GrpcSearchOwners
from gateway.adapters.grpc.search_servicer import SearchServicer
from gateway.adapters.grpc.upstream import GrpcUpstream
from gateway.adapters.http.app import application
from gateway.adapters.http.callers import Callers
from gateway.adapters.http.front import Front
from gateway.adapters.http.rate_limits import RateLimits, Rates
from gateway.adapters.http.routes import clock, files, health, notices, workbench
from gateway.adapters.http.routes.api_key_issuer import api_key_issuer_routes
from gateway.adapters.http.routes.clock import clock_routes
from gateway.adapters.http.routes.documentation import documentation_routes
from gateway.adapters.http.routes.files import file_routes
from gateway.adapters.http.routes.health import health_routes
from gateway.adapters.http.routes.issuer import issuer_routes
from gateway.adapters.http.routes.notices import notice_routes
from gateway.adapters.http.routes.workbench import workbench_routes
from gateway.adapters.http.server import HttpServer
from gateway.adapters.http.transcoder import BodyLimits, Transcoder
from gateway.adapters.kafka.api_key_events import API_KEY
from gateway.adapters.kafka.notice_feed import NoticeFeed
from gateway.adapters.kafka.webhook_events import WEBHOOK
from gateway.adapters.notice_rendering import NoticeRendering
from gateway.adapters.postgres.notices import PostgresNotices
from gateway.adapters.reconciliation_watch import LOOK_EVERY_S, ReconciliationWatch
from gateway.adapters.viewers import DirectoryViewers
from gateway.adapters.workbench_parts import WorkbenchParts
from gateway.api_key_wiring import api_key_parts
from gateway.application.compose_workbench import ComposeWorkbench
from gateway.application.forward_clock import ForwardClock
from gateway.application.notice_hub import NoticeHub
from gateway.application.reconcile import Reconciler
from gateway.application.search_everywhere import SearchEverywhere
from gateway.application.settle import Settle
from gateway.application.watch_notices import WatchNotices
from gateway.domain.token_bucket import Rate
from gateway.issuer.issuer import BuiltInIssuer
from gateway.issuer.signing_key import SigningKey
from gateway.openapi.document import document
from gateway.settings import Settings
from gateway.transcoding.contracts import Contracts
from gateway.transcoding.json_mapper import JsonMapper
from gateway.transcoding.routes import RouteTable
from gateway.webhook_wiring import webhook_parts
from throughline.common.v1.notice_pb2 import Notice

_TRIM_EVERY_S = 300


async def build(runtime: Runtime[Settings]) -> Service:
    """The gateway's parts: an HTTP server and a feed of notices where it serves, the 24 h table where it works."""
    settings = runtime.settings
    contracts, mapper, hub = Contracts.load(), JsonMapper(), NoticeHub()
    channels = await runtime.stack.enter_async_context(_channels(runtime))
    table = RouteTable(contracts, mapper)
    rendering = NoticeRendering(mapper)
    kept = PostgresNotices(runtime.database, rendering)
    verifier = TokenVerifier(settings.issuers, runtime.http)
    callers = Callers(Authentication(verifier, runtime.directory), runtime.authorizer)
    watch = WatchNotices(hub, kept, DirectoryViewers(runtime.directory))

    upstream = GrpcUpstream(channels, timeout_s=settings.call_timeout_s, stream_timeout_s=settings.stream_timeout_s)
    by_hand = {
        **health.PATHS,
        **notices.PATHS,
        **files.PATHS,
        **workbench.PATHS,
        **(clock.PATHS if settings.clock_movable else {}),
    }
    api_keys = api_key_parts(runtime)
    routers = [
        health_routes(lambda: probe(settings.probe_listen or settings.grpc_listen, READINESS)),
        documentation_routes(
            partial(document, contracts, table.routes, by_hand, server=settings.public_url), contracts
        ),
        notice_routes(watch, callers),
        file_routes(
            GrpcFileOwners(channels), ObjectStore.open(settings.objects_url, settings.objects_options), callers
        ),
        api_key_issuer_routes(api_keys.issuer),
        workbench_routes(ComposeWorkbench(WorkbenchParts(upstream, table).all), callers),
        *_development_routes(settings, await _worker_channels(runtime, channels), callers),
    ]
    transcoder = Transcoder(upstream, BodyLimits(settings.body_limit_bytes, settings.line_limit_bytes))
    front = Front(
        application(table, transcoder, routers),
        verifier,
        RateLimits(_rates(settings)),
        keys=api_keys.exchange,
        is_https=settings.public_url.startswith("https:"),
    )
    server = HttpServer(
        front,
        settings.http_listen,
        trusted_proxies=settings.trusted_proxies,
        grace_s=settings.grace_s,
        end_streams=hub.close,
    )
    feed = NoticeFeed(runtime.kafka, _business_now(runtime), rendering, hub.publish)
    search = SearchEverywhere(GrpcSearchOwners(channels).by_kind)
    keepers = GrpcRecordServices(channels, settings.service)
    reconcile = Reconciler(keepers.of, lambda: tenants_of(runtime.database))
    webhooks = await webhook_parts(runtime, contracts, mapper)
    return Service(
        servicers=[
            webhooks.servicer,
            api_keys.servicer,
            SearchServicer(search),
            ReconciliationServicer(reconcile),
        ],
        aggregates=(WEBHOOK, API_KEY),
        subscriptions=[
            Subscription("gateway.notices", aggregates=(NOTICE,), handlers=Together([Notice], kept.keep)),
            webhooks.subscription,
        ],
        jobs=[
            Job("trim_notices", _TRIM_EVERY_S, kept.trim),
            webhooks.trimming,
            Job("reconcile", LOOK_EVERY_S, ReconciliationWatch(reconcile).look),
        ],
        leaving=[server.retire],
        serving=[server.run, feed.run, api_keys.note_used],
        working=[webhooks.run],
    )


def _channels(runtime: Runtime[Settings]) -> Channels:
    """Channels that tell the services from which address a call came: of all callers, the gateway alone is believed."""
    return _channels_to(runtime, runtime.settings.peers)


async def _worker_channels(runtime: Runtime[Settings], channels: Channels) -> Channels:
    """Channels to the workers where they are processes of their own, to the services else."""
    settings = runtime.settings
    if not settings.workers:
        return channels
    return await runtime.stack.enter_async_context(_channels_to(runtime, settings.peers | settings.workers))


def _channels_to(runtime: Runtime[Settings], peers: Mapping[str, str]) -> Channels:
    certificates = client_certificates(runtime.settings)
    return Channels(peers, tokens=runtime.tokens, certificates=certificates, forwards=True)


def _development_routes(settings: Settings, channels: Channels, callers: Callers) -> list[APIRouter]:
    """What exists on profiles for development and tests only: a clock that moves, an issuer of our own."""
    routers = []
    if settings.clock_movable:
        suite = GrpcSuite(channels)
        settle = Settle(suite, patience_s=settings.settle_timeout_s)
        routers.append(clock_routes(ForwardClock(suite, settle), settle, callers))
    if settings.issuer_key_file is not None:
        key = SigningKey.read(settings.issuer_key_file)
        routers.append(issuer_routes(BuiltInIssuer(settings.public_url, key, settings.service_clients)))
    return routers


def _rates(settings: Settings) -> Rates:
    return Rates(
        caller=Rate(settings.rate_per_s, settings.rate_burst),
        tenant=Rate(settings.tenant_rate_per_s, settings.tenant_rate_burst),
        anonymous=Rate(settings.anonymous_rate_per_s, settings.anonymous_rate_burst),
    )


def _business_now(runtime: Runtime[Settings]) -> Callable[[], Awaitable[datetime]]:
    business_clock = BusinessClock(runtime.database, is_movable=False)

    async def now() -> datetime:
        _, business_now = await business_clock.read()
        return business_now

    return now
