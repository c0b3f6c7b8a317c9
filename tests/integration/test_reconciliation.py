"""Services held against one another: of records that were made wrong by hand, exactly those are named."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import grpc
import pytest
import pytest_asyncio

import collab.settings
import collab.wiring
import gateway.settings
import gateway.wiring
import lead_router.settings
import lead_router.wiring
import pipeline.settings
import pipeline.wiring
import scoring.settings
import scoring.wiring
from chassis.ids import TenantId, new_id
from support.served import Person, Served, served
from throughline.gateway.v1 import reconciliation_service_pb2 as pb
from throughline.gateway.v1.reconciliation_service_pb2_grpc import ReconciliationServiceStub

if TYPE_CHECKING:
    from pathlib import Path

    from support.databases import DatabaseFactory
    from support.tokens import TokenIssuer

TENANT = TenantId(new_id())
NORTH, SOUTH = new_id(), new_id()
PEOPLE = {"adam": Person(new_id(), ("admin",), NORTH), "anna": Person(new_id(), ("rep",), NORTH)}
ANNA = PEOPLE["anna"].person_id
_PARTS: dict[str, tuple[Any, Any]] = {
    "lead-router": (lead_router.settings.Settings, lead_router.wiring.build),
    "pipeline": (pipeline.settings.Settings, pipeline.wiring.build),
    "collab": (collab.settings.Settings, collab.wiring.build),
    "scoring": (scoring.settings.Settings, scoring.wiring.build),
}
_OWN_DIRECTORY = (
    (
        "INSERT INTO tenant_profile"
        " (tenant_id, name, zone, currency, locale, founder_id, is_active, created_at, version)"
        f" SELECT tenant_id, 'x', zone, currency, locale, '{ANNA}', true, now(), version FROM tenant"
    ),
    (
        "INSERT INTO team (id, tenant_id, name, name_key, kind, parent_id, leader_id, version)"
        " SELECT team_id, tenant_id, 'x', 'x', kind, parent_team_id, leader_id, version FROM directory_team"
    ),
    (
        "INSERT INTO person (id, tenant_id, employee_no, name, name_key, subject, email, title, team_id, supervisor_id,"
        " roles, is_active, version) SELECT person_id, tenant_id, subject, 'x', 'x', subject, '', '', team_id,"
        " supervisor_id, roles, is_active, version FROM directory_person"
    ),
)
_LEAD = (
    (
        "INSERT INTO raw_intake (tenant_id, lead_id, received_at, door, submitter, submission)"
        " VALUES ('{tenant}', '{lead}', now(), 'rest', 'x', '')"
    ),
    (
        "INSERT INTO lead (tenant_id, id, version, state, owner_id, team_id, to_be_activated, fell_silent, is_urgent,"
        " source, region, segment, worth, received_at, document) VALUES ('{tenant}', '{lead}', 3, '{state}', '{owner}',"
        " '{team}', false, false, false, 'x', '', '', 0, now(), '{document}')"
    ),
)
_STANDING = (
    "INSERT INTO lead_standing (tenant_id, lead_id, state, owner_id, team_id, version)"
    " VALUES ('{tenant}', '{lead}', '{state}', '{owner}', '{team}', 3)"
)
_FUNNEL = (
    "INSERT INTO lead_funnel (tenant_id, lead_id, owner_id, team_id, owner_version)"
    " VALUES ('{tenant}', '{lead}', '{owner}', '{team}', 3)"
)
_FOLLOW_UP = (
    "INSERT INTO follow_up (id, tenant_id, customer_id, person_id, channel, tags, summary, occurred_at, recorded_at,"
    " custom, version) VALUES ('{id}', '{tenant}', '{customer}', '{owner}', 'phone', '{{}}', 'x', now(), now(), '{{}}',"
    " 1)"
)


@dataclass
class Suite:
    """Five services in this process; a test writes into their databases as nobody should."""

    services: dict[str, Served[Any]]

    async def write(self, service: str, *statements: str, **values: object) -> None:
        known = {"tenant": TENANT, "owner": ANNA, "team": NORTH, "state": "assigned", "document": "{}"} | values
        async with self.services[service].runtime.database.transaction(TENANT) as transaction:
            for statement in statements:
                await transaction.connection.exec_driver_sql(statement.format(**known) if values else statement)

    async def a_lead(self, **values: object) -> str:
        """A lead that the router has as its copies have it."""
        lead_id = new_id()
        await self.write("lead-router", *_LEAD, lead=lead_id, **values)
        await self.write("pipeline", _STANDING, lead=lead_id, **values)
        await self.write("scoring", _FUNNEL, lead=lead_id, **values)
        return lead_id

    async def reconcile(self, *codes: str, by: str = "adam") -> dict[tuple[str, str], pb.ReconciliationCheck]:
        """The checks by code and copy."""
        door = self.services["gateway"]
        wanted = [pb.ReconciliationCheckCode.Value(f"RECONCILIATION_CHECK_CODE_{code}") for code in codes]
        answer = await ReconciliationServiceStub(door.channel).Reconcile(
            pb.ReconcileRequest(codes=wanted), metadata=door.issuer.person_metadata(by, TENANT)
        )
        name = pb.ReconciliationCheckCode.Name
        return {
            (name(check.code).removeprefix("RECONCILIATION_CHECK_CODE_"), check.copy): check for check in answer.checks
        }


@pytest_asyncio.fixture
async def suite(database_factory: DatabaseFactory, token_issuer: TokenIssuer, tmp_path: Path) -> AsyncIterator[Suite]:
    services: dict[str, Served[Any]] = {}
    known: dict[str, Any] = {"tenant": TENANT, "people": PEOPLE, "objects": tmp_path}
    nobody = json.dumps(dict.fromkeys(_PARTS, "127.0.0.1:1"))
    async with AsyncExitStack() as stack:
        for name, (settings, build) in _PARTS.items():
            database = database_factory(name.replace("-", "_"))
            services[name] = await stack.enter_async_context(
                served(settings, build, database, token_issuer, peers=nobody, **known)
            )
        door: dict[str, Any] = {
            "peers": json.dumps({name: service.address for name, service in services.items()}),
            "settings": {"HTTP_LISTEN": "127.0.0.1:0", "PUBLIC_URL": "http://127.0.0.1:1"},
        }
        services["gateway"] = await stack.enter_async_context(
            served(
                gateway.settings.Settings,
                gateway.wiring.build,
                database_factory("gateway"),
                token_issuer,
                **known,
                **door,
            )
        )
        opened = Suite(services)
        await opened.write("collab", *_OWN_DIRECTORY)
        yield opened


def _named(check: pb.ReconciliationCheck) -> list[tuple[str, str, list[str]]]:
    kind = pb.RecordDifferenceKind.Name
    return [
        (each.record_id, kind(each.kind).removeprefix("RECORD_DIFFERENCE_KIND_"), list(each.facts))
        for each in check.examples
    ]


async def test_copies_that_agree_have_no_differences_and_one_that_was_changed_by_hand_is_named(suite: Suite) -> None:
    leads = [await suite.a_lead() for _ in range(4)]

    agreed = await suite.reconcile()
    await suite.write("pipeline", f"UPDATE lead_standing SET team_id = '{SOUTH}' WHERE lead_id = '{leads[1]}'")
    await suite.write("scoring", f"DELETE FROM lead_funnel WHERE lead_id = '{leads[2]}'")
    await suite.write("lead-router", f"DELETE FROM lead WHERE id = '{leads[3]}'")
    await suite.write("scoring", f"UPDATE directory_person SET roles = '{{admin}}' WHERE person_id = '{ANNA}'")
    differing = {key: check for key, check in (await suite.reconcile()).items() if check.differences}

    assert {key for key, check in agreed.items() if check.unanswered} == {
        (code, "gateway") for code in ("TENANTS", "TEAMS", "PEOPLE", "CALENDARS")
    }
    assert [key for key, check in agreed.items() if check.differences] == []
    assert (agreed["LEAD_OWNERS", "pipeline"].owner_records, agreed["PEOPLE", "scoring"].copy_records) == (4, 2)
    assert {key: _named(check) for key, check in differing.items()} == {
        ("RECEIVED_LEADS", "lead-router"): [(leads[3], "MISSING_IN_COPY", [])],
        ("LEAD_OWNERS", "pipeline"): [
            (leads[1], "UNLIKE", ["team_id"]),
            (leads[3], "MISSING_AT_OWNER", []),
        ],
        ("LEAD_OWNERS", "scoring"): [(leads[2], "MISSING_IN_COPY", []), (leads[3], "MISSING_AT_OWNER", [])],
        ("PEOPLE", "scoring"): [(ANNA, "UNLIKE", ["roles"])],
    }
    remedies = [(each.service, each.aggregate) for each in differing["LEAD_OWNERS", "scoring"].remedies]
    assert remedies == [("lead-router", ""), ("lead-router", "lead")]


async def test_conversions_and_references_are_held_against_the_customer_master_by_an_operator_alone(
    suite: Suite,
) -> None:
    customer_id, opportunity_id, nobody = new_id(), new_id(), new_id()
    document = json.dumps({"customer_id": customer_id, "standing": {"opportunity_id": opportunity_id}})
    lead_id = await suite.a_lead(state="converted", document=document)
    await suite.write("pipeline", _FOLLOW_UP, id=new_id(), customer=nobody)

    found = await suite.reconcile("CONVERTED_LEADS", "FOLLOW_UP_CUSTOMERS")
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await suite.reconcile(by="anna")

    assert {key: _named(check) for key, check in found.items()} == {
        ("CONVERTED_LEADS", "collab"): [(lead_id, "MISSING_IN_COPY", [])],
        ("CONVERTED_LEADS", "pipeline"): [(lead_id, "MISSING_IN_COPY", [])],
        ("FOLLOW_UP_CUSTOMERS", "pipeline"): [(nobody, "MISSING_AT_OWNER", [])],
    }
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
