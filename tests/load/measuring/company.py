"""The company whose leads are measured: a director, two teams, thirty reps; and leads as the world sends them."""

from __future__ import annotations

import random
from typing import Any

import grpc
from google.type.money_pb2 import Money

from chassis.database import Database
from chassis.ids import TenantId, new_id
from support.events import an_event, deliver, directory_subscription
from throughline.collab.v1 import events_pb2 as collab
from throughline.lead_router.v1 import lead_pb2, rep_service_pb2
from throughline.lead_router.v1 import lead_service_pb2 as pb
from throughline.lead_router.v1.rep_service_pb2_grpc import RepServiceStub

TENANT = TenantId("0190f3c4-0000-7000-8000-000000000001")
DIRECTOR = "0190f3c4-0000-7000-8000-0000000000d0"
DIRECTOR_SUBJECT = "director"
TEAMS = {f"0190f3c4-0000-7000-8000-0000000000f{at}": f"0190f3c4-0000-7000-8000-0000000000a{at}" for at in (0, 1)}
"""Leader by team."""
REPS = [f"0190f3c4-0000-7000-8000-000000000{number:03x}" for number in range(0x100, 0x100 + 30)]

_INDUSTRIES = ("hospital", "clinic", "pharmacy", "lab")
_REGIONS = ("浙江", "江苏", "上海", "北京", "广东", "四川")
_LINES = ("imaging", "surgical", "reagents")
_SEGMENTS = (lead_pb2.SEGMENT_KA, lead_pb2.SEGMENT_SMB)
_BRAND = "恒昌明达瑞康安华佳信博远同泰嘉润德诚宏宇中科天健海纳新锐"
_FAMILY, _GIVEN = "王李张刘陈杨赵黄周吴", "伟芳娜敏静丽强磊军洋"
_MOST = 10_000


async def found(database_url: str) -> None:
    """Puts the company's people into the router's read copy of the directory."""
    week: Any = [{"weekday": day, "start_minute": 0, "end_minute": 1440} for day in range(1, 8)]
    facts: list[tuple[str, str, Any]] = [
        ("tenant", TENANT, collab.TenantChanged(
            tenant_id=TENANT, zone="Asia/Shanghai", currency="CNY", locale="zh-CN", is_active=True)),
        ("calendar", TENANT, collab.CalendarChanged(hours=week)),
        ("person", DIRECTOR, _person(DIRECTOR, DIRECTOR_SUBJECT, "", "", ["director", "admin"])),
    ]  # fmt: skip
    for team, leader in TEAMS.items():
        facts.append(("team", team, collab.TeamChanged(team_id=team, leader_id=leader, kind="sales")))
        facts.append(("person", leader, _person(leader, f"s-{leader[-3:]}", team, DIRECTOR, ["supervisor"])))
    teams = list(TEAMS.items())
    for at, rep in enumerate(REPS):
        team, leader = teams[at % len(teams)]
        facts.append(("person", rep, _person(rep, f"s-{rep[-3:]}", team, leader, ["rep"])))
    records = [an_event(fact, TENANT, aggregate_id=key, aggregate=kind) for kind, key, fact in facts]
    async with Database.open(database_url, service="lead-router") as database:
        await deliver(database, directory_subscription("lead-router"), *records)


def _person(person: str, subject: str, team: str, boss: str, roles: list[str]) -> collab.PersonChanged:
    return collab.PersonChanged(
        person_id=person, subject=subject, team_id=team, supervisor_id=boss, roles=roles, is_active=True
    )


async def hire(channel: grpc.aio.Channel, metadata: tuple[tuple[str, str], ...]) -> None:
    """Puts all reps into routing, with skills that differ and caps that no measurement reaches."""
    stub: Any = RepServiceStub(channel)
    dice = random.Random(7)
    for rep in REPS:
        profile = rep_service_pb2.RepProfile(
            industries=dice.sample(_INDUSTRIES, 3),
            regions=dice.sample(_REGIONS, 4),
            segments=_SEGMENTS,
            product_lines=_LINES,
            open_cap=_MOST,
            daily_cap=_MOST,
            weight_pct=100,
            median_response_minutes=dice.randint(5, 90),
        )
        request = rep_service_pb2.PutRepProfileRequest(rep_id=rep, profile=profile)
        await stub.PutRepProfile(request, metadata=metadata, timeout=20)


class Leads:
    """Submissions, drawn anew: each with a company, a person and a phone of its own; one in twenty comes again."""

    def __init__(self, seed: int = 1) -> None:
        self._dice = random.Random(seed)
        self._phones: list[str] = []

    def submission(self) -> lead_pb2.LeadSubmission:
        """One lead."""
        dice = self._dice
        brand, region = "".join(dice.sample(_BRAND, 3)), dice.choice(_REGIONS)
        identity = lead_pb2.LeadIdentity(
            company=f"{region}{brand}医疗科技有限公司",
            person=dice.choice(_FAMILY) + "".join(dice.sample(_GIVEN, 2)),
            phone=self._phone(),
            city=region,
        )
        profile = lead_pb2.LeadProfile(
            industry=dice.choice(_INDUSTRIES),
            region=region,
            segment=dice.choice(_SEGMENTS),
            product_line=dice.choice(_LINES),
            amount=Money(currency_code="CNY", units=dice.randint(10_000, 2_000_000)),
        )
        return lead_pb2.LeadSubmission(
            identity=identity,
            origin=lead_pb2.LeadOrigin(source="website", external_id=new_id(), utm_campaign="spring"),
            profile=profile,
            message="想了解贵公司的影像设备，请尽快与我联系，谢谢。",
        )

    def request(self) -> pb.SubmitLeadRequest:
        """A call that takes one lead in, under a key of its own."""
        return pb.SubmitLeadRequest(submission=self.submission(), request_id=new_id())

    def _phone(self) -> str:
        if self._phones and self._dice.random() < 0.05:
            return self._dice.choice(self._phones)
        phone = f"139{self._dice.randrange(10**8):08}"
        self._phones.append(phone)
        return phone
