"""What a serving process knows of a tenant's reps and policy, brought up to date inside each transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lead_router.application.kept_by_tenant import KeptByTenant
from lead_router.application.ports import Conditions, Value, Work
from lead_router.domain.ids import GroupId
from lead_router.domain.rep import Rep
from lead_router.domain.routing.ledger import GroupAccount
from lead_router.domain.routing.policy import Policy
from lead_router.domain.routing.policy_document import lead_expressions, parse, rep_expressions
from lead_router.domain.routing.rep_row import RepRow
from lead_router.domain.routing.rep_table import RepTable
from lead_router.domain.routing.tables import RoutingTables

DEFAULT_POLICY = parse({}, policy_id="default", version=0)
"""What routes until a tenant publishes a policy of its own."""


@dataclass(frozen=True, slots=True)
class RoutingBoard:
    """One tenant's reps and policy as of a transaction."""

    policy: Policy = DEFAULT_POLICY
    tables: RoutingTables = field(default_factory=lambda: RoutingTables.before_evidence(DEFAULT_POLICY))
    reps: RepTable = field(default_factory=RepTable.empty)
    groups: Mapping[GroupId, GroupAccount] = field(default_factory=dict)
    horizon: int = 0

    @property
    def lead_conditions(self) -> tuple[str, ...]:
        """Conditions over the lead alone."""
        return lead_expressions(self.policy)


class RoutingBoards:
    """Boards of all tenants that this process serves. Each refresh reads only what changed since the last."""

    def __init__(self, conditions: Conditions) -> None:
        self._conditions = conditions
        self._boards = KeptByTenant[RoutingBoard]()

    async def refreshed(self, work: Work) -> RoutingBoard:
        """The tenant's board as of this transaction."""
        await self.policy(work)
        board = self._boards.get(work.tenant_id, RoutingBoard())
        changes = await work.reps.changed_since(board.horizon)
        rows = [self.row(rep, board.policy) for rep in changes.reps]
        board = replace(
            board,
            reps=board.reps.updated(rows),
            groups={group.group_id: group for group in changes.groups},
            horizon=changes.horizon,
        )
        return self._boards.keep(work.tenant_id, board)

    async def policy(self, work: Work) -> Policy:
        """The policy that routes, as of this transaction."""
        board = self._boards.get(work.tenant_id, RoutingBoard())
        if await work.policies.version() != board.policy.version:
            board = self._boards.keep(work.tenant_id, await self._with_policy(work))
        return board.policy

    def row(self, rep: Rep, policy: Policy) -> RepRow:
        """The rep as decisions read it, with the policy's conditions over the rep evaluated."""
        expressions = rep_expressions(policy)
        return rep.row(self._conditions.over_rep(expressions, _fields(rep)) if expressions else {})

    async def _with_policy(self, work: Work) -> RoutingBoard:
        """A new board under the active policy; its reps are read anew, for their conditions are others."""
        published = await work.policies.active()
        if published is None:
            return RoutingBoard()
        policy = parse(published.document, policy_id=published.policy_id, version=published.version)
        return RoutingBoard(policy, RoutingTables.before_evidence(policy))


def _fields(rep: Rep) -> Mapping[str, Value]:
    fields: dict[str, Value] = {name: sorted(values) for name, values in rep.profile.tags().items()}
    return fields | {
        "open_leads": rep.load.open_leads,
        "open_cap": rep.profile.open_cap,
        "daily_cap": rep.daily_cap,
        "weight_pct": rep.account.weight_pct,
        "team": rep.team_id,
    }
