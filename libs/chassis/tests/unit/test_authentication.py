from __future__ import annotations

import pytest

from chassis.authentication import Authentication
from chassis.directory import Caller
from chassis.errors import PersonUnknown, Unauthenticated
from chassis.identity import TokenVerifier
from chassis.ids import PersonId, TeamId, TenantId, new_id

from ..tokens import TENANT, TestIssuer, http_of

ISSUER = TestIssuer("gateway", services=True)


class InMemoryPeople:
    def __init__(self, *roles: str) -> None:
        self.roles = roles
        self.has_left = False

    async def find_caller(self, tenant_id: TenantId, subject: str) -> Caller | None:
        if self.has_left or (tenant_id, subject) != (TENANT, "u-1"):
            return None
        return Caller(PersonId("p1"), TeamId("east"), frozenset({TeamId("east")}), frozenset(self.roles))


def an_authentication(*roles: str) -> Authentication:
    return Authentication(TokenVerifier([ISSUER.settings], http_of(ISSUER)), InMemoryPeople(*roles))


async def test_a_person_has_the_roles_and_teams_that_the_directory_gives() -> None:
    principal = await an_authentication("rep").principal(ISSUER.token())

    assert (principal.kind, principal.person_id, principal.actor) == ("person", "p1", "person:p1")
    assert (principal.tenant_id, principal.roles, principal.team_ids) == (
        TENANT,
        frozenset({"rep"}),
        frozenset({"east"}),
    )


async def test_no_directory_makes_a_person_a_service_or_the_operator() -> None:
    principal = await an_authentication("rep", "operator", "service").principal(ISSUER.token())

    assert principal.roles == {"rep"}


async def test_roles_in_a_persons_token_count_for_nothing() -> None:
    principal = await an_authentication("rep").principal(ISSUER.token(roles=["admin"]))

    assert principal.roles == {"rep"}


async def test_a_subject_unknown_in_the_tenant_is_refused() -> None:
    with pytest.raises(PersonUnknown):
        await an_authentication().principal(ISSUER.token(sub="u-2"))
    with pytest.raises(PersonUnknown):
        await an_authentication().principal(ISSUER.token(tenant=new_id()))


async def test_a_service_works_for_the_tenant_it_names() -> None:
    token = ISSUER.token(sub="service:pipeline", tenant=None)

    principal = await an_authentication().principal(token, TENANT)

    assert (principal.kind, principal.actor, principal.tenant_id) == ("service", "service:pipeline", TENANT)
    assert (await an_authentication().principal(token)).tenant_id is None


async def test_a_service_token_with_a_tenant_claim_still_works_only_for_the_tenant_named() -> None:
    principal = await an_authentication().principal(ISSUER.token(sub="service:pipeline"))

    assert principal.tenant_id is None


async def test_a_person_may_not_name_another_tenant_than_the_own() -> None:
    assert (await an_authentication().principal(ISSUER.token(), TENANT)).subject
    with pytest.raises(Unauthenticated):
        await an_authentication().principal(ISSUER.token(), new_id())
    with pytest.raises(Unauthenticated):
        await an_authentication().principal(ISSUER.token(), "acme")


async def test_the_gateway_is_told_from_other_services() -> None:
    authentication = an_authentication()

    assert await authentication.is_gateway(ISSUER.token(sub="service:gateway", tenant=None))
    assert not await authentication.is_gateway(ISSUER.token(sub="service:pipeline", tenant=None))
    assert not await authentication.is_gateway(ISSUER.token())
    assert not await authentication.is_gateway("")


async def test_a_remembered_token_admits_nobody_who_has_left_the_directory_meanwhile() -> None:
    people = InMemoryPeople("rep")
    authentication = Authentication(TokenVerifier([ISSUER.settings], http_of(ISSUER)), people)
    token = ISSUER.token()
    await authentication.principal(token)

    people.has_left = True

    with pytest.raises(PersonUnknown):
        await authentication.principal(token)
