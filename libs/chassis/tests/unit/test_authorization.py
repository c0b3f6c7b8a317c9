from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources

import cedarpy
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, String, Table, create_engine, insert, select

from chassis.authorization import Authorizer, PolicyFault, Resource, Scope
from chassis.context import Principal, RequestContext, bind
from chassis.errors import Forbidden, NotFound
from chassis.ids import PersonId, TeamId, TenantId
from chassis.methods import MethodRule, all_methods
from chassis.role_table import NOT_GRANTABLE, RoleTable

AUTHORIZER = Authorizer.load()
ROLES = sorted(AUTHORIZER.roles.scopes)
PERMISSIONS = sorted(AUTHORIZER.roles.permissions)
CONTRACT_ROLES = {
    "admin", "director", "supervisor", "rep", "marketing", "presales", "legal", "delivery", "finance",
    "customer_success", "compliance", "operator", "integration", "service",
}  # fmt: skip


def a_person(*roles: str, person_id: str = "me", teams: tuple[str, ...] = ("mine",)) -> Principal:
    return Principal(
        "person",
        f"sub-{person_id}",
        TenantId("t"),
        frozenset(roles),
        PersonId(person_id),
        team_ids=frozenset(map(TeamId, teams)),
    )


def a_service(*roles: str) -> Principal:
    return Principal("service", "service:pipeline", TenantId("t"), frozenset(roles or ("service",)))


@pytest.mark.parametrize("rule", all_methods().values(), ids=lambda rule: rule.name)
def test_every_rpc_has_an_access_option_whose_permission_some_role_holds(rule: MethodRule) -> None:
    assert rule.permission, f"{rule.name} has no (throughline.common.v1.access) option: nobody could call it"
    assert rule.permission in AUTHORIZER.roles.permissions, f"no role holds {rule.permission}"


def test_every_permission_of_the_role_table_is_one_that_something_asks_for() -> None:
    asked = {rule.permission for rule in all_methods().values()} | {"lead.contact"}

    assert AUTHORIZER.roles.permissions == asked


def test_the_role_table_has_every_role_and_only_these() -> None:
    assert set(ROLES) == CONTRACT_ROLES | {"person"}
    assert set(ROLES) >= NOT_GRANTABLE


def test_internal_methods_answer_services_and_no_person_whatever_the_role() -> None:
    internal = [rule for rule in all_methods().values() if rule.internal]

    assert internal
    for rule in internal:
        with pytest.raises(Forbidden):
            AUTHORIZER.require_call(rule, a_person(*ROLES))
        AUTHORIZER.require_call(rule, a_service("service", "operator"))


def test_a_method_without_permission_admits_nobody() -> None:
    rule = MethodRule("/throughline.x.v1.X/Y", "", False, False, False, False, False)

    with pytest.raises(Forbidden, match=r"/throughline\.x\.v1\.X/Y"):
        AUTHORIZER.require_call(rule, a_service(*ROLES))


@pytest.mark.parametrize("rule", all_methods().values(), ids=lambda rule: rule.name)
def test_nobody_without_roles_may_call_anything(rule: MethodRule) -> None:
    for nobody in (a_person(), a_person("unheard-of")):
        with pytest.raises(Forbidden):
            AUTHORIZER.require_call(rule, nobody)


@pytest.mark.parametrize(
    ("role", "permission", "owner", "team", "allowed"),
    [
        ("rep", "lead.read", "me", "mine", True),
        ("rep", "lead.read", "colleague", "mine", False),
        ("rep", "lead.read", None, None, False),
        ("rep", "lead.override", "me", "mine", False),
        ("supervisor", "lead.override", "colleague", "mine", True),
        ("supervisor", "lead.override", "stranger", "theirs", False),
        ("supervisor", "lead.read", None, None, True),
        ("director", "lead.read", "stranger", "theirs", True),
        ("admin", "lead.read", "stranger", "theirs", True),
        ("admin", "lead.contact", "stranger", "theirs", False),
        ("marketing", "lead.read", "stranger", "theirs", False),
        ("legal", "lead.read", "me", "mine", False),
        ("compliance", "lead.contact", "stranger", "theirs", True),
    ],
)
def test_a_role_reaches_as_far_as_its_scope(
    role: str, permission: str, owner: str | None, team: str | None, allowed: bool
) -> None:
    assert AUTHORIZER.allows(permission, Resource(owner, team), principal=a_person(role)) is allowed


def test_the_widest_of_several_roles_counts() -> None:
    both = a_person("rep", "marketing", "supervisor")

    assert AUTHORIZER.scope("lead.read", principal=both).kind == "team"
    assert AUTHORIZER.scope("lead.overview", principal=both).kind == "all"


IDS = st.sampled_from(["me", "a", "b"]) | st.none()
TEAMS = st.sampled_from(["mine", "theirs", "below"]) | st.none()


@given(
    roles=st.sets(st.sampled_from(ROLES)),
    permission=st.sampled_from(PERMISSIONS),
    teams=st.sets(st.sampled_from(["mine", "below"])),
    is_service=st.booleans(),
    things=st.lists(st.tuples(IDS, TEAMS), max_size=6),
)
@example(roles={"supervisor"}, permission="customer.read", teams=set(), is_service=True, things=[(None, None)])
def test_a_list_shows_exactly_the_things_that_may_be_read_one_by_one(
    roles: set[str], permission: str, teams: set[str], is_service: bool, things: list[tuple[str | None, str | None]]
) -> None:
    caller = a_service(*roles) if is_service else a_person(*roles, teams=tuple(teams))
    scope = AUTHORIZER.scope(permission, principal=caller)

    one_by_one = [thing for thing in things if AUTHORIZER.allows(permission, Resource(*thing), principal=caller)]

    assert [thing for thing in things if scope.includes(Resource(*thing))] == one_by_one
    assert _listed(scope, things) == one_by_one


LISTED = Table("things", MetaData(), Column("n", String), Column("owner_id", String), Column("team_id", String))
ENGINE = create_engine("sqlite://")  # The condition is plain SQL; PostgreSQL sees it in the services' own tests.


def _listed(scope: Scope, things: list[tuple[str | None, str | None]]) -> list[tuple[str | None, str | None]]:
    with ENGINE.connect() as connection:
        LISTED.create(connection, checkfirst=True)
        if things:
            rows = [{"n": f"{n}", "owner_id": owner, "team_id": team} for n, (owner, team) in enumerate(things)]
            connection.execute(insert(LISTED), rows)
        shown = select(LISTED.c.owner_id, LISTED.c.team_id).where(scope.where(LISTED.c.owner_id, LISTED.c.team_id))
        return [(row.owner_id, row.team_id) for row in connection.execute(shown.order_by(LISTED.c.n))]


def test_a_foreign_thing_looks_like_a_missing_one() -> None:
    with pytest.raises(NotFound) as refusal:
        AUTHORIZER.require_visible(
            "lead.read", Resource("stranger", "theirs"), kind="lead", id="l1", principal=a_person("rep")
        )

    assert str(refusal.value) == str(NotFound("lead", "l1"))


def test_the_caller_is_that_of_the_running_request() -> None:
    with bind(RequestContext(a_person("rep"), TenantId("t"), "m")):
        AUTHORIZER.require("lead.read", Resource("me", "mine"))
        with pytest.raises(Forbidden, match=r"lead\.read"):
            AUTHORIZER.require("lead.read", Resource("other", "mine"))
        assert AUTHORIZER.may_see_contact_data(Resource("me", None))
        assert "lead.submit" in AUTHORIZER.permissions()


def test_the_frame_fits_its_schema_for_every_permission() -> None:
    folder = resources.files("chassis").joinpath("policies")
    actions = "".join(
        f"action {json.dumps(permission)} appliesTo"
        " { principal: [Caller], resource: [Thing], context: Circumstances };\n"
        for permission in PERMISSIONS
    )

    result = cedarpy.validate_policies(
        folder.joinpath("frame.cedar").read_text(), folder.joinpath("frame.cedarschema").read_text() + actions
    )

    assert result.validation_passed, result.errors


def test_a_policy_that_fails_is_a_fault_and_never_a_permit() -> None:
    broken = Authorizer(
        cedarpy.PolicySet.from_str(
            "permit (principal, action, resource);forbid (principal, action, resource) when { principal.salary > 3 };"
        ),
        RoleTable.load(),
    )

    with pytest.raises(PolicyFault):
        broken.allows("lead.read", principal=a_person("rep"))


def test_a_decision_is_asked_of_cedar_once() -> None:
    authorizer = Authorizer.load()

    for _ in range(3):
        authorizer.scope("lead.read", principal=a_person("rep"))

    assert len(authorizer._decided) == 2


@given(st.sampled_from(ROLES), st.sets(st.sampled_from(PERMISSIONS)), st.sampled_from(PERMISSIONS))
def test_a_narrowed_token_allows_what_both_it_and_the_roles_allow(role: str, named: set[str], permission: str) -> None:
    whole = a_person(role)
    narrowed = replace(whole, permissions=frozenset(named))

    expected = permission in named and AUTHORIZER.allows(permission, principal=whole)
    assert AUTHORIZER.allows(permission, principal=narrowed) is expected
    is_unseen = AUTHORIZER.scope(permission, principal=narrowed).kind == "none"
    assert is_unseen or AUTHORIZER.scope(permission, principal=narrowed) == AUTHORIZER.scope(
        permission, principal=whole
    )
