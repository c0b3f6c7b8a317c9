"""High-quality leads 高质量线索: three documents make one, once, and nothing else does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from chassis import metric_names as names
from chassis import telemetry
from chassis.authorization import Authorizer
from chassis.directory import Directory
from chassis.ids import new_id
from chassis.subscription import Subscription
from chassis.unit_of_work import UnitOfWork
from lead_router.adapters.cel.conditions import CelConditions
from lead_router.adapters.company import DirectoryCompany
from lead_router.adapters.kafka.follow_up_facts import follow_up_handlers
from lead_router.adapters.measures import LeadStock
from lead_router.adapters.postgres.unit_of_work import PostgresWork
from lead_router.application.attach_documents import AttachDocumentsHandler
from lead_router.application.find_leads import LeadFinder
from lead_router.application.note_follow_up import NoteFollowUpHandler
from lead_router.application.routing_board import RoutingBoards
from support.events import an_event, deliver, outbox_records
from throughline.lead_router.v1 import lead_service_pb2 as pb
from throughline.pipeline.v1.activity_service_pb2 import FiledDocument
from throughline.pipeline.v1.events_pb2 import FollowUpRecorded

from ..desk import DIRECTOR, REPS, TENANT, RouterDesk


async def follow_up(desk: RouterDesk, lead_id: str, *kinds: str) -> None:
    """The pipeline tells of a follow-up that carries files of these kinds."""
    unit_of_work, company = UnitOfWork(desk.database, PostgresWork), DirectoryCompany(Directory(desk.database))
    attach = AttachDocumentsHandler(unit_of_work, RoutingBoards(CelConditions()))
    handlers = follow_up_handlers(NoteFollowUpHandler(unit_of_work, company), attach)
    fact = FollowUpRecorded(
        follow_up_id=new_id(),
        lead_id=lead_id,
        person_id=REPS[0],
        documents=[FiledDocument(file_id=new_id(), kind=kind) for kind in kinds],
    )
    fact.occurred_at.FromDatetime(datetime.now(UTC) + timedelta(seconds=1))
    record = an_event(fact, TENANT, aggregate_id=lead_id, aggregate="follow_up")
    subscription = Subscription("lead-router.follow-ups", aggregates=("follow_up",), handlers=handlers)
    await deliver(desk.database, subscription, record, record)  # brokers send twice


async def qualified_ids(desk: RouterDesk) -> list[str]:
    with desk.as_person(DIRECTOR, "director"):
        page = await desk.leads.ListLeads(pb.ListLeadsRequest(qualified=True), None)  # type: ignore[arg-type]
    return [lead.lead_id for lead in page.leads]


async def test_a_lead_is_qualified_once_by_its_three_documents_and_by_nothing_else(desk: RouterDesk) -> None:
    await desk.hire(REPS[0])
    lead_id = (await desk.submit(external_id="rich")).lead.lead_id
    other_id = (await desk.submit(external_id="poor")).lead.lead_id

    await follow_up(desk, lead_id, "interview_minutes", "competitor_brief", "wechat_screenshot")
    await follow_up(desk, other_id, "roi_sheet", "roi_sheet")
    before = await qualified_ids(desk)
    await follow_up(desk, lead_id, "roi_sheet")
    await follow_up(desk, lead_id, "interview_minutes")

    told = [record.headers["ce_type"].rpartition(".")[2] for record in await outbox_records(desk.database)]
    lead = await desk.get(lead_id)
    assert before == []
    assert await qualified_ids(desk) == [lead_id]
    assert told.count("LeadQualified") == 1
    assert lead.HasField("qualified_at")
    assert [document.kind for document in lead.documents] == ["competitor_brief", "interview_minutes", "roi_sheet"]


async def test_qualified_leads_are_a_metric(desk: RouterDesk) -> None:
    await desk.hire(REPS[0])
    lead_id = (await desk.submit(external_id="rich")).lead.lead_id
    await follow_up(desk, lead_id, "interview_minutes", "competitor_brief", "roi_sheet")
    finder = LeadFinder(UnitOfWork(desk.database, PostgresWork), Authorizer.load("lead_router"))
    stock, recorded = LeadStock(desk.database, finder), telemetry.record_for_tests()

    await stock.count()

    assert [point.value for point in recorded.points()[names.LEADS_QUALIFIED]] == [1]
