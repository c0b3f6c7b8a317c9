"""Callers that send leads through the suite's own channels and note every answer, and what must be true of them."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kafka import KafkaConsumer, TopicPartition
from sqlalchemy import text

from chassis.channels import Channels
from chassis.context import Principal, RequestContext, bind
from chassis.database import Database
from chassis.errors import ThroughlineError
from chassis.event_headers import texts_of
from chassis.ids import PersonId
from chassis.outbox import topic_of
from load.measuring.company import DIRECTOR, DIRECTOR_SUBJECT, TENANT, Leads
from support.kafka import KafkaServer
from support.tokens import TokenIssuer
from throughline.lead_router.v1.events_pb2 import LeadJoined, LeadReceived
from throughline.lead_router.v1.lead_service_pb2 import SubmitLeadRequest, SubmitLeadResponse
from throughline.lead_router.v1.lead_service_pb2_grpc import LeadServiceStub

if TYPE_CHECKING:
    from throughline.lead_router.v1.lead_service_pb2_grpc import LeadServiceAsyncStub

_REPEATED_SHARE = 0.1
_PAUSE_S = 0.05
_TOKEN_S = 3600
_DEADLINE_S = 30
"""A busy machine is no failure."""
_LEADS = text("SELECT id, merged_into FROM lead")
_EVENTS = text("SELECT type, aggregate_id, count(*) AS times FROM outbox GROUP BY type, aggregate_id")
_UNSENT = text("SELECT count(*) FROM outbox WHERE published_at IS NULL")


@dataclass
class Callers:
    """What they did and what they were told.

    A call that failed is made again under its key until it is answered, as a client with a key may. One call in ten
    repeats one that was answered before, and must get the same answer.
    """

    seed: int
    answers: dict[str, tuple[SubmitLeadRequest, bytes]] = field(default_factory=dict)
    """Request and answer by key."""
    failures: list[ThroughlineError] = field(default_factory=list)
    """Calls that failed after all that the channel does by itself."""
    differing: list[str] = field(default_factory=list)
    """Keys whose repeat got another answer."""
    is_over: bool = False

    async def run(self, target: str, issuer: TokenIssuer, count: int) -> None:
        """So many callers, each of which waits for its answer, until `is_over`."""
        principal = Principal("person", DIRECTOR_SUBJECT, TENANT, frozenset({"director"}), PersonId(DIRECTOR))
        token = issuer.person(DIRECTOR_SUBJECT, TENANT, exp=int(time.time()) + _TOKEN_S)
        async with Channels({"lead-router": target}) as channels:
            stub: LeadServiceAsyncStub = LeadServiceStub(channels.to("lead-router"))
            with bind(RequestContext(principal, TENANT, "submit", token=token)):
                await asyncio.gather(*(self._call(stub, number) for number in range(count)))

    async def answered_more(self, count: int) -> None:
        """Waits until so many more calls have been answered."""
        goal = len(self.answers) + count
        while len(self.answers) < goal:  # noqa: ASYNC110  # the test's own timeout bounds it
            await asyncio.sleep(0.01)

    async def _call(self, stub: LeadServiceAsyncStub, number: int) -> None:
        dice, leads = random.Random(f"{self.seed}/{number}"), Leads(self.seed * 1000 + number)
        mine: list[str] = []
        while not self.is_over:
            if mine and dice.random() < _REPEATED_SHARE:
                await self._repeat(stub, dice.choice(mine))
                continue
            request = leads.request()
            answer = await self._until_answered(stub, request)
            self.answers[request.request_id] = (request, answer.SerializeToString(deterministic=True))
            mine.append(request.request_id)

    async def _repeat(self, stub: LeadServiceAsyncStub, key: str) -> None:
        request, first = self.answers[key]
        answer = await self._until_answered(stub, request)
        if answer.SerializeToString(deterministic=True) != first:
            self.differing.append(key)

    async def _until_answered(self, stub: LeadServiceAsyncStub, request: SubmitLeadRequest) -> SubmitLeadResponse:
        while True:
            try:
                return await stub.SubmitLead(request, timeout=_DEADLINE_S)
            except ThroughlineError as failure:
                self.failures.append(failure)
                await asyncio.sleep(_PAUSE_S)


async def assert_each_is_there_once(database: Database, callers: Callers) -> None:
    """Every acknowledged lead is there, no other is, and none was received or joined twice."""
    answers = [SubmitLeadResponse.FromString(answer) for _, answer in callers.answers.values()]
    made = [answer.lead.lead_id for answer in answers if answer.HasField("receipt")]
    joined = Counter(answer.lead.lead_id for answer in answers if not answer.HasField("receipt"))
    async with database.transaction(TENANT) as transaction:
        rows = (await transaction.connection.execute(_LEADS)).all()
    async with database.system() as connection:
        events = {(row.type, row.aggregate_id): row.times for row in await connection.execute(_EVENTS)}
    found = {str(row.id) for row in rows if row.merged_into is None}
    found_joined = Counter(str(row.merged_into) for row in rows if row.merged_into is not None)
    told = {lead: events.get((LeadReceived.DESCRIPTOR.full_name, lead), 0) for lead in made}
    told_joined = Counter({lead: events.get((LeadJoined.DESCRIPTOR.full_name, lead), 0) for lead in joined})

    assert set(made) == found, f"lost: {set(made) - found}, invented: {found - set(made)}"
    assert len(made) == len(found), "two requests were told of one lead as new"
    assert found_joined == joined, f"joined as answered: {joined}, as kept: {found_joined}"
    assert told == dict.fromkeys(made, 1), "a lead was received twice, or nobody was told"
    assert told_joined == joined, f"joined as answered: {joined}, as told: {told_joined}"
    assert callers.differing == [], "a repeated key was answered otherwise"


async def all_sent(database: Database) -> bool:
    """Whether the outbox is empty."""
    async with database.system() as connection:
        return not await connection.scalar(_UNSENT)


def received_in_topic(kafka: KafkaServer, callers: Callers) -> dict[str, int]:
    """How many different events tell, in the topic, that a lead was received; by lead, of those acknowledged."""
    answers = [SubmitLeadResponse.FromString(answer) for _, answer in callers.answers.values()]
    seen: dict[str, set[str]] = {answer.lead.lead_id: set() for answer in answers if answer.HasField("receipt")}
    topic = topic_of("lead")
    consumer = KafkaConsumer(bootstrap_servers=kafka.bootstrap, enable_auto_commit=False, fetch_max_wait_ms=50)
    try:
        partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        while records := consumer.poll(timeout_ms=3_000):
            for record in (each for batch in records.values() for each in batch):
                headers = texts_of(record.headers)
                if headers["ce_type"] == LeadReceived.DESCRIPTOR.full_name and headers["ce_subject"] in seen:
                    seen[headers["ce_subject"]].add(headers["ce_id"])
    finally:
        consumer.close()
    return {lead: len(events) for lead, events in seen.items()}
