"""The router's servicers on a real database, without a network: requests are bound to callers by hand."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from chassis import context
from chassis.authorization import Authorizer
from chassis.context import Principal, RequestContext
from chassis.database import Database
from chassis.directory import Directory
from chassis.errors import Unreachable
from chassis.ids import PersonId, TeamId, TenantId, new_id
from chassis.subscription import Subscription
from chassis.timer_runner import TimerRunner
from chassis.timers import TimerKind
from chassis.unit_of_work import UnitOfWork
from lead_router.adapters.batching.lead_batcher import LeadBatcher
from lead_router.adapters.cel.behaviour_conditions import CelBehaviourConditions
from lead_router.adapters.cel.conditions import CelConditions
from lead_router.adapters.company import DirectoryCompany
from lead_router.adapters.grpc.behaviour_servicer import BehaviourServicer
from lead_router.adapters.grpc.duplicate_servicer import DuplicateServicer
from lead_router.adapters.grpc.import_servicer import ImportServicer
from lead_router.adapters.grpc.lead_care_servicer import LeadCareServicer
from lead_router.adapters.grpc.lead_servicer import LeadServicer
from lead_router.adapters.grpc.lead_view import LeadView
from lead_router.adapters.grpc.offer_servicer import OfferServicer
from lead_router.adapters.grpc.policy_servicer import PolicyServicer
from lead_router.adapters.grpc.pool_servicer import PoolServicer
from lead_router.adapters.grpc.raw_lead_servicer import RawLeadServicer
from lead_router.adapters.grpc.rep_servicer import RepServicer
from lead_router.adapters.grpc.signal_servicer import SignalServicer
from lead_router.adapters.kafka.lead_watch import lead_watch_handlers
from lead_router.adapters.postgres.unit_of_work import PostgresWork
from lead_router.adapters.timers.deadlines import deadlines, pool_deadlines
from lead_router.application.answer_offers import OfferDesk
from lead_router.application.care_for_leads import LeadCare
from lead_router.application.claim_leads import PoolDesk
from lead_router.application.convert_lead import LeadConverter
from lead_router.application.find_leads import LeadFinder
from lead_router.application.find_reps import RepFinder
from lead_router.application.follow_models import ModelFollower
from lead_router.application.handle_lead import LeadDesk
from lead_router.application.import_leads import ImportDesk
from lead_router.application.judge_duplicates import DuplicateJudge
from lead_router.application.judge_score import ScoreJudge
from lead_router.application.keep_pools import PoolKeeper
from lead_router.application.keep_reps import RepKeeper
from lead_router.application.lead_figures import LeadFigures
from lead_router.application.lead_statistics import LeadStatistics
from lead_router.application.note_follow_up import NoteFollowUpHandler
from lead_router.application.place_waiting import PlaceWaiting
from lead_router.application.placing import Placing
from lead_router.application.publish_behaviour_rules import BehaviourDesk
from lead_router.application.publish_policy import PolicyDesk
from lead_router.application.raise_urgency import UrgencyWatch
from lead_router.application.read_raw_lead import RawLeadReader
from lead_router.application.read_signals import SignalReader
from lead_router.application.record_signals import SignalIntake
from lead_router.application.recycle_leads import Recycler
from lead_router.application.ring_alarm import Alarms
from lead_router.application.routing_board import RoutingBoards
from lead_router.application.search_leads import IndexLeadHandler, LeadSearch
from lead_router.application.submit_leads import SubmitLeads
from lead_router.application.suspect_duplicates import SuspectDuplicatesHandler
from lead_router.application.take_back import TakeBack
from lead_router.domain.ids import LeadId
from support.events import an_event, deliver, directory_subscription
from throughline.collab.v1 import events_pb2 as collab_pb
from throughline.collab.v1.calendar_service_pb2 import WeeklyHours
from throughline.lead_router.v1 import lead_pb2, rep_service_pb2
from throughline.lead_router.v1 import lead_service_pb2 as pb

TENANT = TenantId("0190f3c4-0000-7000-8000-000000000001")
DIRECTOR = PersonId("0190f3c4-0000-7000-8000-0000000000d0")
SUPERVISOR = PersonId("0190f3c4-0000-7000-8000-0000000000a0")
TEAM = TeamId("0190f3c4-0000-7000-8000-00000000000f")
REPS = [PersonId(f"0190f3c4-0000-7000-8000-0000000000{number:02x}") for number in range(1, 9)]


@dataclass
class Answering:
    """The pipeline's answer to whether a lead was followed up."""

    at: dict[str, datetime] = field(default_factory=dict)

    async def first_since(self, lead_id: LeadId, since: datetime) -> datetime | None:
        """As the port `FollowUps`."""
        found = self.at.get(lead_id)
        return found if found is not None and found >= since else None


@dataclass
class Shelf:
    """The bytes of models that scoring would give."""

    contents: dict[str, bytes] = field(default_factory=dict)

    async def content(self, model_id: str) -> bytes:
        """As the port `ModelSource`."""
        if model_id not in self.contents:
            raise Unreachable("scoring")
        return self.contents[model_id]


@dataclass
class RouterDesk:
    """The wired router."""

    database: Database
    leads: LeadServicer
    reps: RepServicer
    policies: PolicyServicer
    imports: ImportServicer
    note_follow_up: NoteFollowUpHandler
    place_waiting: PlaceWaiting
    timer_kinds: list[TimerKind]
    follow_ups: Answering
    boards: RoutingBoards
    models: ModelFollower
    shelf: Shelf
    index_lead: IndexLeadHandler
    offers: OfferServicer
    pools: PoolServicer
    care: LeadCareServicer
    watch: Subscription
    """Of our own facts, by which pools and trials are watched."""
    duplicates: DuplicateServicer
    suspect: SuspectDuplicatesHandler
    signals: SignalServicer
    raw_leads: RawLeadServicer
    behaviour: BehaviourServicer

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, *, with_company: bool = True) -> AsyncIterator[RouterDesk]:
        """Opens the router; with the company of this module unless another process has put it there."""
        async with Database.open(url, service="lead-router") as database:
            desk = cls._wired(database)
            if with_company:
                await desk._found_company()
            yield desk

    @classmethod
    def _wired(cls, database: Database) -> RouterDesk:
        unit_of_work = UnitOfWork(database, PostgresWork)
        company, authorizer = DirectoryCompany(Directory(database)), Authorizer.load("lead_router")
        conditions = CelConditions()
        boards = RoutingBoards(conditions)
        placing = Placing(boards, conditions, company)
        submit = SubmitLeads(placing, company)
        keeper = RepKeeper(unit_of_work, company, boards, authorizer)
        follow_ups, shelf = Answering(), Shelf()
        place_waiting = PlaceWaiting(unit_of_work, placing)
        view = LeadView(company, authorizer)
        offers = OfferDesk(unit_of_work, company, placing, authorizer)
        recycler, urgency = Recycler(unit_of_work, company), UrgencyWatch(unit_of_work, boards)
        pool_desk = PoolDesk(unit_of_work, company, boards, authorizer)
        timer_kinds = deadlines(Alarms(unit_of_work, company, follow_ups), keeper, place_waiting)
        return cls(
            database=database,
            leads=LeadServicer(
                LeadBatcher(database, submit),
                LeadFinder(unit_of_work, authorizer),
                LeadDesk(unit_of_work, company, boards, authorizer),
                LeadFigures(unit_of_work),
                ScoreJudge(unit_of_work, authorizer),
                converter=LeadConverter(unit_of_work, company, boards),
                search=LeadSearch(unit_of_work, authorizer),
                company=company,
                authorizer=authorizer,
            ),
            reps=RepServicer(keeper, RepFinder(unit_of_work)),
            policies=PolicyServicer(PolicyDesk(unit_of_work, conditions, company)),
            imports=ImportServicer(ImportDesk(unit_of_work, submit, TakeBack()), company),
            note_follow_up=NoteFollowUpHandler(unit_of_work, company),
            place_waiting=place_waiting,
            timer_kinds=[*timer_kinds, *pool_deadlines(offers, recycler, urgency)],
            follow_ups=follow_ups,
            boards=boards,
            models=ModelFollower(unit_of_work, shelf),
            shelf=shelf,
            index_lead=IndexLeadHandler(unit_of_work),
            offers=OfferServicer(offers, view),
            pools=PoolServicer(PoolKeeper(unit_of_work, company, authorizer), pool_desk, view),
            care=LeadCareServicer(LeadCare(unit_of_work, company, authorizer), LeadStatistics(unit_of_work), view),
            watch=Subscription("lead-router.lead-watch", ("lead",), lead_watch_handlers(recycler, urgency)),
            duplicates=DuplicateServicer(DuplicateJudge(unit_of_work, authorizer)),
            suspect=SuspectDuplicatesHandler(unit_of_work),
            signals=SignalServicer(
                SignalIntake(unit_of_work, CelBehaviourConditions(), company), SignalReader(unit_of_work, authorizer)
            ),
            raw_leads=RawLeadServicer(RawLeadReader(unit_of_work, authorizer)),
            behaviour=BehaviourServicer(BehaviourDesk(unit_of_work, CelBehaviourConditions())),
        )

    async def _found_company(self) -> None:
        week = [WeeklyHours(weekday=day, start_minute=0, end_minute=1440) for day in range(1, 8)]
        people = [(DIRECTOR, "", ["director", "admin"]), (SUPERVISOR, DIRECTOR, ["supervisor"])]
        people += [(rep, SUPERVISOR, ["rep"]) for rep in REPS]
        facts: list[tuple[str, str, Any]] = [
            (
                "tenant",
                TENANT,
                collab_pb.TenantChanged(
                    tenant_id=TENANT, zone="Asia/Shanghai", currency="CNY", locale="zh-CN", is_active=True
                ),
            ),
            ("calendar", TENANT, collab_pb.CalendarChanged(hours=week)),
            ("team", TEAM, collab_pb.TeamChanged(team_id=TEAM, leader_id=SUPERVISOR, kind="sales")),
        ]
        facts += [
            (
                "person",
                person,
                collab_pb.PersonChanged(
                    person_id=person,
                    subject=f"s-{person[-2:]}",
                    team_id=TEAM,
                    supervisor_id=boss,
                    roles=roles,
                    is_active=True,
                ),
            )
            for person, boss, roles in people
        ]
        records = [an_event(fact, TENANT, aggregate_id=key, aggregate=kind) for kind, key, fact in facts]
        await deliver(self.database, directory_subscription("lead-router"), *records)

    @contextmanager
    def as_person(self, person: PersonId, *roles: str, key: str = "", asked: bytes = b"") -> Iterator[RequestContext]:
        """Binds a request of that person."""
        teams = frozenset({TEAM}) if {"supervisor", "director"} & set(roles) else frozenset()
        principal = Principal("person", "s", TENANT, frozenset(roles), person, TEAM, teams)
        request = RequestContext(
            principal, TENANT, "/test", request_id=key, request_hash=hashlib.sha256(asked).digest()
        )
        with context.bind(request):
            yield request

    async def hire(self, *reps: PersonId, open_cap: int = 100, daily_cap: int = 100, **profile: Any) -> None:
        """Puts reps into routing."""
        with self.as_person(DIRECTOR, "director", "admin"):
            for rep in reps:
                wanted = rep_service_pb2.RepProfile(open_cap=open_cap, daily_cap=daily_cap, weight_pct=100, **profile)
                await self.reps.PutRepProfile(
                    rep_service_pb2.PutRepProfileRequest(rep_id=rep, profile=wanted), NO_CONTEXT
                )

    async def submit(self, *, key: str = "", **identity: str) -> pb.SubmitLeadResponse:
        """Submits one lead as the director; identities not given are new ones."""
        request = pb.SubmitLeadRequest(submission=a_submission(**identity), request_id=key)
        with self.as_person(DIRECTOR, "director", "admin", key=key, asked=request.submission.SerializeToString()):
            return await self.leads.SubmitLead(request, NO_CONTEXT)

    async def forward(self, by: timedelta) -> None:
        """Moves the business clock."""
        async with self.database.system() as connection:
            await connection.execute(text("UPDATE business_clock SET clock_offset = clock_offset + :by"), {"by": by})

    async def run_timers(self) -> None:
        """Runs all timers that are due."""
        runner = TimerRunner(self.database, {kind.name: kind for kind in self.timer_kinds})
        while await runner.run_due():
            pass

    async def conservation(self) -> pb.GetConservationResponse:
        """The nine states."""
        with self.as_person(DIRECTOR, "director"):
            return await self.leads.GetConservation(pb.GetConservationRequest(), NO_CONTEXT)

    async def get(self, lead_id: str) -> lead_pb2.Lead:
        """One lead, as the director sees it."""
        with self.as_person(DIRECTOR, "director"):
            return (await self.leads.GetLead(pb.GetLeadRequest(lead_id=lead_id), NO_CONTEXT)).lead


NO_CONTEXT: Any = None


def a_submission(**identity: str) -> lead_pb2.LeadSubmission:
    """A submission that is nobody's duplicate unless told so."""
    source = identity.pop("source", "website")
    external_id = identity.pop("external_id", "" if identity else new_id())
    return lead_pb2.LeadSubmission(
        identity=lead_pb2.LeadIdentity(**identity),
        origin=lead_pb2.LeadOrigin(source=source, external_id=external_id),
        profile=lead_pb2.LeadProfile(region="浙江", segment=lead_pb2.SEGMENT_SMB),
    )
