from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from chassis.database import Database
from chassis.error_mapping import from_rpc_error
from chassis.errors import Forbidden, Invalid, NotFound, Refused, Stale, ThroughlineError
from chassis.ids import TenantId, new_id
from chassis.inbox import Record
from gateway.settings import Settings
from gateway.wiring import build
from support.databases import DatabaseFactory
from support.events import an_event, deliver, outbox_records
from support.served import Person, Served, served
from support.tokens import TokenIssuer
from support.waiting import eventually_async
from throughline.gateway.v1 import webhook_pb2
from throughline.gateway.v1 import webhook_service_pb2 as pb
from throughline.gateway.v1.webhook_service_pb2_grpc import WebhookServiceStub
from throughline.lead_router.v1.events_pb2 import LeadAssigned, LeadClosed

from ..receiver import Receiver, a_receiver

TENANT = TenantId(new_id())
PEOPLE = {"chen.jing": Person(new_id(), ("admin",)), "li.na": Person(new_id(), ("rep",))}
State = webhook_pb2.DeliveryState


@dataclass
class Site:
    """The gateway's webhooks in process, with a receiver, both steered by a test."""

    service: Served[Settings]
    receiver: Receiver

    def __post_init__(self) -> None:
        self.stub: Any = WebhookServiceStub(self.service.channel)

    @property
    def database(self) -> Database:
        return self.service.runtime.database

    async def call(self, method: str, request: Any, *, by: str = "chen.jing") -> Any:
        metadata = self.service.issuer.person_metadata(by, TENANT)
        return await getattr(self.stub, method)(request, metadata=metadata)

    async def webhook(self, **spec: Any) -> tuple[webhook_pb2.Webhook, str]:
        usual = {"name": "CRM", "url": self.receiver.url, "event_types": ["LeadAssigned"]}
        request = pb.CreateWebhookRequest(spec=webhook_pb2.WebhookSpec(**{**usual, **spec}))
        made = await self.call("CreateWebhook", request)
        return made.webhook, made.secret

    async def get(self, webhook_id: str) -> webhook_pb2.Webhook:
        answer = await self.call("GetWebhook", pb.GetWebhookRequest(webhook_id=webhook_id))
        found: webhook_pb2.Webhook = answer.webhook
        return found

    async def deliveries(self, webhook_id: str, **wanted: Any) -> list[webhook_pb2.Delivery]:
        request = pb.ListDeliveriesRequest(webhook_id=webhook_id, **wanted)
        return list((await self.call("ListDeliveries", request)).deliveries)

    async def answered(self, webhook_id: str) -> webhook_pb2.Delivery:
        """The last delivery, once its answer is written down, which is after the receiver has given it."""

        async def tried() -> list[webhook_pb2.Delivery]:
            return [last for last in (await self.deliveries(webhook_id))[:1] if last.attempts]

        return (await eventually_async(tried, what="the last delivery has been tried"))[0]

    async def hear(self, *records: Record) -> None:
        """Gives events of the suite to the consumer of webhooks."""
        subscription = next(each for each in self.service.service.subscriptions if each.name == "gateway.webhooks")
        await deliver(self.database, subscription, *records)

    async def lease(self, webhook_id: str, span: timedelta) -> None:
        """Lets another process hold a queue for a while."""
        held = text(
            "UPDATE webhook_queue SET lease_id = gen_random_uuid(), leased_until = clock_timestamp() + :span"
            " WHERE webhook_id = CAST(:id AS uuid)"
        )
        async with self.database.transaction(TENANT) as transaction:
            await transaction.connection.execute(held, {"span": span, "id": webhook_id})

    async def received(self, count: int) -> list[str]:
        """Ids of the events received, once there are so many."""

        async def has_come() -> bool:
            return len(self.receiver.received) >= count

        await eventually_async(has_come, what=f"{count} requests")
        return self.receiver.events


def assigned(lead_id: str = "", **facts: Any) -> Record:
    lead = lead_id or new_id()
    return an_event(LeadAssigned(lead_id=lead, **facts), TENANT, aggregate_id=lead)


@asynccontextmanager
async def a_site(
    database_factory: DatabaseFactory, issuer: TokenIssuer, folder: Path, **settings: str
) -> AsyncIterator[Site]:
    keys = folder / "sealing-keys"
    keys.write_text("A" * 43 + "=")
    usual = {
        "HTTP_LISTEN": "127.0.0.1:0",
        "PUBLIC_URL": "http://127.0.0.1:1",
        "SEALING_KEY_FILE": str(keys),
        "WEBHOOK_LOOPBACK": "true",
        "WEBHOOK_FIRST_PAUSE_S": "0.02",
    }
    async with (
        a_receiver() as receiver,
        served(
            Settings,
            build,
            database_factory("gateway"),
            issuer,
            tenant=TENANT,
            people=PEOPLE,
            settings={**usual, **settings},
        ) as service,
    ):
        working = asyncio.gather(*(work() for work in service.service.working))
        try:
            yield Site(service, receiver)
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)


@pytest.fixture
async def site(database_factory: DatabaseFactory, token_issuer: TokenIssuer, tmp_path: Path) -> AsyncIterator[Site]:
    async with a_site(database_factory, token_issuer, tmp_path, WEBHOOK_TRIES="3") as opened:
        yield opened


async def refusal(call: Any) -> ThroughlineError:
    with pytest.raises(Exception) as caught:  # noqa: PT011  # which of ours it is, the caller looks at
        await call
    error: Any = caught.value
    return from_rpc_error(error)


async def test_events_asked_for_come_signed_and_in_order_with_their_json(site: Site) -> None:
    webhook, secret = await site.webhook(filters=[webhook_pb2.EventFilter(field="is_urgent", values=["true"])])
    lead = new_id()
    wanted = [assigned(lead, is_urgent=True, owner_id=f"p{number}") for number in range(5)]
    unwanted = [assigned(lead), an_event(LeadClosed(lead_id=lead), TENANT, aggregate_id=lead)]
    foreign = an_event(LeadAssigned(lead_id=lead, is_urgent=True), new_id(), aggregate_id=lead)

    await site.hear(*wanted[:3], *unwanted, foreign, *wanted[3:], wanted[0])
    came = await site.received(5)

    assert came == [record.event_id for record in wanted]
    first = site.receiver.received[0]
    assert all(each.is_signed_with(secret) for each in site.receiver.received)
    assert (first.path, first.headers["content-type"]) == ("/hook", "application/json")
    assert first.json["type"] == "LeadAssigned"
    assert (first.json["aggregate_id"], first.json["data"]["owner_id"]) == (lead, "p0")
    last = await site.answered(webhook.webhook_id)
    assert (last.state, last.attempts[0].status) == (State.DELIVERY_STATE_DELIVERED, 200)
    assert (await site.get(webhook.webhook_id)).queue.waiting == 0


async def test_a_failing_head_is_tried_again_and_holds_up_its_own_webhook_alone(site: Site) -> None:
    async with a_receiver() as other:
        webhook, _ = await site.webhook()
        await site.webhook(url=other.url)
        site.receiver.answers = ["500 No", "503 Not yet"]
        records = [assigned() for _ in range(3)]

        await site.hear(*records)
        came = await site.received(5)

        assert came == [records[0].event_id] * 3 + [records[1].event_id, records[2].event_id]
        assert other.events == [record.event_id for record in records]
    (first,) = (await site.deliveries(webhook.webhook_id))[2:]
    request = pb.GetDeliveryRequest(webhook_id=webhook.webhook_id, delivery_id=first.delivery_id)
    told = (await site.call("GetDelivery", request)).delivery
    assert [(each.number, each.status, each.fault) for each in told.attempts] == [
        (1, 500, "status"),
        (2, 503, "status"),
        (3, 200, ""),
    ]


async def test_after_too_many_failures_it_is_suspended_told_of_and_nothing_is_lost(site: Site) -> None:
    webhook, _ = await site.webhook()
    site.receiver.always = "500 No"
    records = [assigned() for _ in range(3)]

    await site.hear(*records[:2])
    await site.received(3)

    async def is_suspended() -> bool:
        return (await site.get(webhook.webhook_id)).state == webhook_pb2.WEBHOOK_STATE_SUSPENDED

    await eventually_async(is_suspended, what="the webhook is suspended")
    await site.hear(records[2])
    events = await outbox_records(site.database)
    notices = [record for record in events if record.topic == "throughline.notice.v1"]
    site.receiver.always = "200 OK"
    present = await site.get(webhook.webhook_id)
    resume = pb.ResumeWebhookRequest(webhook_id=webhook.webhook_id, version=present.version)
    await site.call("ResumeWebhook", resume)
    came = await site.received(6)

    assert b"webhook.suspended" in notices[-1].payload
    assert PEOPLE["chen.jing"].person_id.encode() in notices[-1].payload
    assert present.queue.waiting == 3
    assert came[3:] == [record.event_id for record in records]


async def test_what_was_taken_is_sent_again_by_id_or_by_span_under_its_old_id(site: Site) -> None:
    webhook, secret = await site.webhook()
    records = [assigned() for _ in range(3)]
    await site.hear(*records)
    await site.received(3)

    async def settled() -> bool:
        return (await site.get(webhook.webhook_id)).queue.waiting == 0

    await eventually_async(settled, what="the queue is empty")
    listed = await site.deliveries(webhook.webhook_id)
    by_id = pb.ReplayDeliveriesRequest(webhook_id=webhook.webhook_id, delivery_ids=[listed[0].delivery_id])
    by_span = pb.ReplayDeliveriesRequest(webhook_id=webhook.webhook_id)
    getattr(by_span, "from").CopyFrom(listed[-1].created_at)
    one = await site.call("ReplayDeliveries", by_id)
    await site.received(4)
    all_three = await site.call("ReplayDeliveries", by_span)
    came = await site.received(7)
    unknown = pb.ReplayDeliveriesRequest(webhook_id=webhook.webhook_id, delivery_ids=[new_id()])

    assert (one.queued, all_three.queued) == (1, 3)
    assert came[3:] == [records[2].event_id, *(record.event_id for record in records)]
    assert all(each.is_signed_with(secret) for each in site.receiver.received)
    assert isinstance(await refusal(site.call("ReplayDeliveries", unknown)), NotFound)
    neither = pb.ReplayDeliveriesRequest(webhook_id=webhook.webhook_id)
    assert isinstance(await refusal(site.call("ReplayDeliveries", neither)), Invalid)


async def test_a_paused_webhook_keeps_events_and_a_stubborn_one_can_be_passed_over(site: Site) -> None:
    webhook, _ = await site.webhook()
    pause = pb.PauseWebhookRequest(webhook_id=webhook.webhook_id, version=webhook.version)
    paused = (await site.call("PauseWebhook", pause)).webhook
    records = [assigned() for _ in range(2)]
    await site.hear(*records)
    (_, head) = await site.deliveries(webhook.webhook_id)

    skip = pb.SkipDeliveryRequest(webhook_id=webhook.webhook_id, delivery_id=head.delivery_id)
    skipped = (await site.call("SkipDelivery", skip)).delivery
    await site.call("ResumeWebhook", pb.ResumeWebhookRequest(webhook_id=webhook.webhook_id, version=paused.version))
    came = await site.received(1)

    assert skipped.state == State.DELIVERY_STATE_SKIPPED
    assert came == [records[1].event_id]
    assert isinstance(await refusal(site.call("SkipDelivery", skip)), Refused)


async def test_a_test_goes_past_what_waits_and_tells_at_once_what_came_of_it(site: Site) -> None:
    webhook, secret = await site.webhook()
    site.receiver.answers = ["418 No"]

    request = pb.SendTestDeliveryRequest(webhook_id=webhook.webhook_id, request_id="once")
    sent = (await site.call("SendTestDelivery", request)).delivery
    again = (await site.call("SendTestDelivery", request)).delivery

    assert (sent.state, sent.attempts[0].status) == (State.DELIVERY_STATE_FAILED, 418)
    assert again == sent
    assert site.receiver.received[0].json["type"] == "webhook.test"
    assert site.receiver.received[0].is_signed_with(secret)
    assert (await site.get(webhook.webhook_id)).queue.failures == 0


async def test_after_a_rotation_both_secrets_sign_and_neither_lies_open_in_the_database(site: Site) -> None:
    webhook, old = await site.webhook()
    rotation = pb.RotateWebhookSecretRequest(webhook_id=webhook.webhook_id, version=webhook.version, request_id="once")
    rotated = await site.call("RotateWebhookSecret", rotation)
    repeated = await site.call("RotateWebhookSecret", rotation)

    await site.hear(assigned())
    await site.received(1)

    assert site.receiver.received[0].is_signed_with(old)
    assert site.receiver.received[0].is_signed_with(rotated.secret)
    assert (repeated.webhook, repeated.secret) == (rotated.webhook, "")
    async with site.database.transaction(TENANT) as transaction:
        shown = await transaction.connection.execute(text("SELECT row_to_json(w)::text AS row FROM webhook w"))
        audited = await transaction.connection.execute(text("SELECT action, after FROM audit ORDER BY id"))
        actions = {row.action: row.after for row in audited}
    assert old not in shown.one().row
    assert list(actions) == ["webhook.create", "webhook.rotate_secret"]
    assert "secret" not in actions["webhook.create"]


async def test_every_fault_of_a_webhook_is_named_and_only_administrators_make_them(site: Site) -> None:
    bad = webhook_pb2.WebhookSpec(
        name=" ",
        url="http://10.0.0.1/",
        event_types=["LeadAssigned", "Rumour"],
        filters=[webhook_pb2.EventFilter(field="amount", values=["1"])],
    )
    refused = await refusal(site.call("CreateWebhook", pb.CreateWebhookRequest(spec=bad)))
    forbidden = await refusal(site.call("ListWebhooks", pb.ListWebhooksRequest(), by="li.na"))

    assert isinstance(refused, Invalid)
    assert sorted(fault.field for fault in refused.violations) == [
        "spec.event_types[1]",
        "spec.filters[0].field",
        "spec.name",
        "spec.url",
        "spec.url",
    ]
    assert isinstance(forbidden, Forbidden)


async def test_a_webhook_is_changed_by_field_and_archived_ones_take_no_events(site: Site) -> None:
    webhook, _ = await site.webhook()
    change = pb.UpdateWebhookRequest(webhook_id=webhook.webhook_id, version=1, spec=webhook_pb2.WebhookSpec(name="ERP"))
    changed = (await site.call("UpdateWebhook", change)).webhook
    archive = pb.ArchiveWebhookRequest(webhook_id=webhook.webhook_id, version=changed.version)
    archived = (await site.call("ArchiveWebhook", archive)).webhook
    await site.hear(assigned())

    assert (changed.spec.name, changed.spec.url, changed.version) == ("ERP", site.receiver.url, 2)
    assert isinstance(await refusal(site.call("UpdateWebhook", change)), Stale)
    assert await site.deliveries(webhook.webhook_id) == []
    assert list((await site.call("ListWebhooks", pb.ListWebhooksRequest())).webhooks) == []
    restore = pb.RestoreWebhookRequest(webhook_id=webhook.webhook_id, version=archived.version)
    assert (await site.call("RestoreWebhook", restore)).webhook.state == webhook_pb2.WEBHOOK_STATE_PAUSED


async def test_a_queue_that_another_process_holds_is_left_alone_until_its_claim_has_run_out(site: Site) -> None:
    async with a_receiver() as other:
        held, _ = await site.webhook()
        await site.webhook(url=other.url)
        await site.lease(held.webhook_id, timedelta(hours=1))
        records = [assigned() for _ in range(2)]

        await site.hear(records[0])
        await eventually_async(lambda: _has_received(other, 1), what="the other webhook has the event")
        before = list(site.receiver.events)
        await site.lease(held.webhook_id, timedelta(hours=-1))
        await site.hear(records[1])
        came = await site.received(2)

    assert before == []
    assert came == [record.event_id for record in records]


async def _has_received(receiver: Receiver, count: int) -> bool:
    return len(receiver.received) >= count
