"""The service with a sales company in it, as the tests of opportunities call it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Self

from google.protobuf.message import Message
from sqlalchemy import text

from pipeline.settings import Settings
from pipeline.wiring import build
from support.events import an_event, deliver, outbox_records
from support.served import Person, Served, served
from throughline.common.v1.notice_pb2 import Notice
from throughline.lead_router.v1.events_pb2 import LeadAssigned, LeadClosed
from throughline.pipeline.v1 import conversion_service_pb2 as conversions_pb
from throughline.pipeline.v1 import opportunity_pb2
from throughline.pipeline.v1 import opportunity_service_pb2 as pb
from throughline.pipeline.v1 import stage_model_service_pb2 as models_pb
from throughline.pipeline.v1.conversion_service_pb2_grpc import ConversionServiceStub
from throughline.pipeline.v1.opportunity_service_pb2_grpc import OpportunityServiceStub
from throughline.pipeline.v1.stage_model_service_pb2_grpc import StageModelServiceStub

from ..builders import ANNA, BO, CUSTOMER, DIRECTOR, LEAD, NORTH, SOUTH, SUPERVISOR, TENANT, a_document
from .neighbour_servicers import Neighbours

if TYPE_CHECKING:
    from chassis.database import SqlRow
    from support.databases import Database as ProvisionedDatabase
    from support.tokens import TokenIssuer
    from throughline.pipeline.v1.conversion_service_pb2_grpc import ConversionServiceAsyncStub
    from throughline.pipeline.v1.opportunity_service_pb2_grpc import OpportunityServiceAsyncStub
    from throughline.pipeline.v1.stage_model_service_pb2_grpc import StageModelServiceAsyncStub

PEOPLE = {
    "anna": Person(ANNA, ("rep",), NORTH, SUPERVISOR),
    "bo": Person(BO, ("rep",), SOUTH),
    "sun": Person(SUPERVISOR, ("supervisor",), NORTH),
    "dora": Person(DIRECTOR, ("director",), SOUTH),
}


class SalesDesk:
    """Calls as the people of the company."""

    def __init__(self, service: Served[Settings], neighbours: Neighbours) -> None:
        self.service = service
        self.neighbours = neighbours
        self.conversions: ConversionServiceAsyncStub = ConversionServiceStub(service.channel)
        self.database = service.runtime.database
        self.models: StageModelServiceAsyncStub = StageModelServiceStub(service.channel)
        self.stub: OpportunityServiceAsyncStub = OpportunityServiceStub(service.channel)

    @classmethod
    @asynccontextmanager
    async def open(cls, database: ProvisionedDatabase, issuer: TokenIssuer) -> AsyncIterator[Self]:
        """Serves the company until the block ends; the router and the customer master answer from memory."""
        async with (
            Neighbours().served() as neighbours,
            served(Settings, build, database, issuer, tenant=TENANT, people=PEOPLE, peers=neighbours.peers) as service,
        ):
            yield cls(service, neighbours)

    def who(self, subject: str) -> tuple[tuple[str, str], ...]:
        """Metadata by which somebody calls."""
        return self.service.issuer.person_metadata(subject, TENANT)

    async def publish(self, subject: str = "dora", **fields: Any) -> models_pb.StageModel:
        """Publishes the builders' model for a product line."""
        request = models_pb.PublishStageModelRequest(**{"product_line": "imaging", "note": "细化"} | fields)
        request.document.update(a_document())
        return (await self.models.PublishStageModel(request, metadata=self.who(subject))).stage_model

    async def create(self, subject: str = "anna", **fields: Any) -> opportunity_pb2.Opportunity:
        """Creates an opportunity of the caller's."""
        request = pb.CreateOpportunityRequest(**{"customer_id": CUSTOMER, "title": "CT 采购"} | fields)
        return (await self.stub.CreateOpportunity(request, metadata=self.who(subject))).opportunity

    async def call(
        self, method: str, opportunity: opportunity_pb2.Opportunity, subject: str = "anna", **fields: Any
    ) -> opportunity_pb2.Opportunity:
        """Calls a command of the service with the version that is seen."""
        descriptor = pb.DESCRIPTOR.services_by_name["OpportunityService"].methods_by_name[method]
        known = {"opportunity_id": opportunity.opportunity_id, "version": opportunity.version}
        request = getattr(pb, descriptor.input_type.name)(**known | fields)
        answer = await getattr(self.stub, method)(request, metadata=self.who(subject))
        found: opportunity_pb2.Opportunity = answer.opportunity
        return found

    async def get(self, opportunity_id: str, subject: str = "anna", **fields: Any) -> opportunity_pb2.Opportunity:
        """Reads an opportunity."""
        request = pb.GetOpportunityRequest(opportunity_id=opportunity_id, **fields)
        return (await self.stub.GetOpportunity(request, metadata=self.who(subject))).opportunity

    async def give_lead(self, owner_id: str, team_id: str, *, closed: bool = False) -> None:
        """Tells the service whose `LEAD` is."""
        facts: list[Message] = [LeadAssigned(lead_id=LEAD, owner_id=owner_id, team_id=team_id)]
        facts += [LeadClosed(lead_id=LEAD, owner_id=owner_id, team_id=team_id)] if closed else []
        records = [an_event(fact, TENANT, aggregate_id=LEAD, version=n) for n, fact in enumerate(facts, 2)]
        await deliver(self.database, self.service.service.subscriptions[0], *records)

    async def convert(self, subject: str = "anna", **fields: Any) -> conversions_pb.Conversion:
        """Converts `LEAD`."""
        request = conversions_pb.ConvertLeadRequest(**{"lead_id": LEAD, "title": "CT 采购"} | fields)
        return (await self.conversions.ConvertLead(request, metadata=self.who(subject))).conversion

    async def undo(
        self, conversion: conversions_pb.Conversion, subject: str = "anna", **fields: Any
    ) -> conversions_pb.Conversion:
        """Takes a conversion back."""
        known: dict[str, Any] = {"conversion_id": conversion.conversion_id, "version": conversion.version}
        known |= {"reason": "误转化"}
        request = conversions_pb.UndoConversionRequest(**known | fields)
        return (await self.conversions.UndoConversion(request, metadata=self.who(subject))).conversion

    async def told(self) -> list[str]:
        """Short names of the events in the outbox, and the kinds of the notices."""
        return [
            Notice.FromString(record.payload).kind if record.topic.endswith("notice.v1") else _short(record.headers)
            for record in await outbox_records(self.database)
        ]

    async def audited(self) -> Sequence[SqlRow]:
        """The audit's rows, oldest first."""
        async with self.database.transaction(TENANT) as transaction:
            return (await transaction.connection.execute(text("SELECT * FROM audit ORDER BY id"))).all()


def _short(headers: Any) -> str:
    return str(headers["ce_type"]).rpartition(".")[2]
