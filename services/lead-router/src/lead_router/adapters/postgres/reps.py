"""Reps and their fairness groups in PostgreSQL.

A reader that wants all rows changed since its last look cannot go by a sequence alone, for a lower number may commit
later. Rows carry the transaction that changed them, and a reader asks for those at or above the oldest transaction that
was still running when it last looked: it may read a row twice, and never misses one.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from chassis.database import SqlRow, Transaction
from chassis.shifts import Interval, Shift
from lead_router.adapters.postgres.columns import columns_of
from lead_router.domain.ids import EntryId, GroupId, LeadId, PersonId, RepId
from lead_router.domain.rep import Rep, RepLoad
from lead_router.domain.rep_profile import RepProfile
from lead_router.domain.routing.ledger import EntryKind, GroupAccount, LedgerEntry, RepAccount


@dataclass(frozen=True, slots=True)
class Changes:
    """Reps and groups that changed, and from where to look next time."""

    reps: Sequence[Rep]
    groups: Sequence[GroupAccount]
    horizon: int


class PostgresReps:
    """The reps of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id
        self._now = transaction.now

    async def changed_since(self, horizon: int) -> Changes:
        """Everything that changed in transactions at or above the horizon; 0 for everything."""
        # The next horizon is read first: a rep that changes between the two statements is then read once more.
        groups = (await self._connection.execute(_GROUPS_AND_HORIZON)).all()
        reps = await self._connection.execute(_CHANGED, {"horizon": horizon})
        return Changes([_rep(row) for row in reps], [_group(row) for row in groups if row.id], groups[0].horizon)

    async def get(self, rep_id: RepId) -> Rep | None:
        """The rep, or None."""
        row = (await self._connection.execute(_GET, {"id": rep_id})).one_or_none()
        return _rep(row) if row else None

    async def find(self, rep_id: RepId) -> tuple[Rep, GroupAccount] | None:
        """The rep with the account of its group, or None."""
        row = (await self._connection.execute(_FIND, {"id": rep_id})).one_or_none()
        return (_rep(row), _group_beside(row)) if row else None

    async def page(self, team_id: str, after: str, size: int) -> Sequence[tuple[Rep, GroupAccount]]:
        """Reps by id after `after`, at most `size`, each with the account of its group."""
        rows = await self._connection.execute(_PAGE, {"team": team_id or None, "after": after or None, "size": size})
        return [(_rep(row), _group_beside(row)) for row in rows]

    async def lock_groups(self, group_ids: Iterable[GroupId]) -> dict[GroupId, GroupAccount]:
        """The accounts, made where there are none, held until the transaction ends; in the order of their ids."""
        wanted = sorted(set(group_ids))
        if not wanted:
            return {}
        rows = (await self._connection.execute(_LOCK_GROUPS, {"ids": wanted})).all()
        if len(rows) < len(wanted):
            await self._connection.execute(_MAKE_GROUPS, {"tenant": self._tenant_id, "ids": wanted})
            rows = (await self._connection.execute(_LOCK_GROUPS, {"ids": wanted})).all()
        return {GroupId(str(row.id)): _group(row) for row in rows}

    async def lock(self, rep_ids: Iterable[RepId]) -> dict[RepId, Rep]:
        """The reps, held until the transaction ends; in the order of their ids. Lock their groups first."""
        wanted = sorted(set(rep_ids))
        if not wanted:
            return {}
        return {RepId(str(row.id)): _rep(row) for row in await self._connection.execute(_LOCK, {"ids": wanted})}

    async def lock_free(self, rep_ids: Iterable[RepId]) -> dict[RepId, Rep]:
        """Those of the reps that nobody else holds, held until the transaction ends."""
        wanted = sorted(set(rep_ids))
        if not wanted:
            return {}
        return {RepId(str(row.id)): _rep(row) for row in await self._connection.execute(_LOCK_FREE, {"ids": wanted})}

    async def add(self, rep: Rep) -> None:
        """Keeps a new rep."""
        rep.change_seq = int(await self._connection.scalar(_INSERT, self._row(rep)) or 0)

    async def save(self, reps: Iterable[Rep], groups: Iterable[GroupAccount] = ()) -> None:
        """Writes reps and groups that were locked in this transaction."""
        rows = [self._row(rep) for rep in reps]
        if rows:
            await self._connection.execute(_UPDATE, rows)
        await self._save_groups(groups)

    async def save_loads(self, reps: Iterable[Rep], groups: Iterable[GroupAccount]) -> None:
        """Writes what leads given and taken back change, of reps and groups that were locked in this transaction."""
        rows = [
            {
                "id": rep.id,
                "open_leads": rep.load.open_leads,
                "leads_today": rep.load.leads_today,
                "counted_on": rep.load.counted_on,
                "leads_total": rep.load.leads_total,
                "worth_total": rep.load.worth_total,
                "last_lead_at": rep.load.last_lead_at,
                "carried": rep.account.carried,
            }
            for rep in reps
        ]
        if rows:
            await self._connection.execute(_UPDATE_LOADS, columns_of(rows) | {"tenant": self._tenant_id})
        await self._save_groups(groups)

    async def _save_groups(self, groups: Iterable[GroupAccount]) -> None:
        accounts = [
            {
                "tenant": self._tenant_id,
                "id": group.group_id,
                "units": group.units,
                "rest": group.rest,
                "weight_present": group.weight_present,
                "sequence": group.sequence,
            }
            for group in groups
        ]
        if accounts:
            await self._connection.execute(_UPDATE_GROUP, accounts)

    async def add_entries(self, entries: Sequence[LedgerEntry]) -> None:
        """Keeps entries of the ledger."""
        rows = [
            {
                "id": entry.entry_id,
                "group": entry.group_id,
                "rep": entry.rep_id,
                "lead": entry.lead_id,
                "document": json.dumps(
                    {
                        "kind": entry.kind.value,
                        "worth": entry.worth,
                        "is_override": entry.is_override,
                        "reverses": entry.reverses,
                        "sequence": entry.sequence,
                    }
                ),
            }
            for entry in entries
        ]
        if rows:
            whole = {"tenant": self._tenant_id, "now": self._now}
            await self._connection.execute(_ADD_ENTRY, columns_of(rows) | whole)

    async def open_entries(self, lead_ids: Iterable[LeadId]) -> Mapping[LeadId, LedgerEntry]:
        """By lead the newest credit that has not been taken back; a rep who declined may keep an older one."""
        reversed_by: set[str] = set()
        found: dict[LeadId, LedgerEntry] = {}
        for row in await self._connection.execute(_ENTRIES, {"leads": sorted(set(lead_ids))}):
            document = row.document if isinstance(row.document, dict) else json.loads(row.document)
            if document["kind"] == EntryKind.REVERSAL.value:
                reversed_by.add(document["reverses"])
            elif str(row.id) not in reversed_by and LeadId(str(row.lead_id)) not in found:
                lead_id = LeadId(str(row.lead_id))
                found[lead_id] = LedgerEntry(
                    entry_id=EntryId(str(row.id)),
                    group_id=GroupId(str(row.group_id)),
                    rep_id=RepId(str(row.rep_id)),
                    lead_id=lead_id,
                    kind=EntryKind.CREDIT,
                    worth=document["worth"],
                    is_override=document["is_override"],
                    sequence=document["sequence"],
                )
        return found

    def _row(self, rep: Rep) -> dict[str, Any]:
        load, account = rep.load, rep.account
        return {
            "tenant": self._tenant_id,
            "id": rep.id,
            "version": rep.version,
            "team": rep.team_id,
            "supervisor": rep.supervisor_id,
            "profile": json.dumps(_profile_document(rep.profile), ensure_ascii=False),
            "is_paused": rep.is_paused,
            "pause_reason": rep.pause_reason,
            "has_left": rep.has_left,
            "is_on_leave": rep.is_on_leave,
            "is_present": account.is_present,
            "shifts": json.dumps([[start.isoformat(), end.isoformat()] for start, end in rep.shifts]),
            "weight_pct": account.weight_pct,
            "daily_cap": rep.daily_cap,
            "open_cap": rep.profile.open_cap,
            "open_leads": load.open_leads,
            "leads_today": load.leads_today,
            "counted_on": load.counted_on,
            "leads_total": load.leads_total,
            "worth_total": load.worth_total,
            "last_lead_at": load.last_lead_at,
            "carried": account.carried,
            "units_in": account.units_in,
            "policy_seq": rep.policy_seq,
        }


def _rep(row: SqlRow) -> Rep:
    shifts = row.shifts if isinstance(row.shifts, list) else json.loads(row.shifts)
    profile = row.profile if isinstance(row.profile, dict) else json.loads(row.profile)
    rep_id, team_id = RepId(str(row.id)), str(row.team_id)
    account = RepAccount(
        rep_id=rep_id,
        group_id=GroupId(team_id),
        carried=row.carried,
        units_in=row.units_in,
        weight_pct=row.weight_pct,
        is_present=row.is_present,
    )
    load = RepLoad(row.open_leads, row.leads_today, row.counted_on, row.leads_total, row.worth_total, row.last_lead_at)
    return Rep(
        id=rep_id,
        team_id=team_id,
        supervisor_id=PersonId(str(row.supervisor_id)) if row.supervisor_id else None,
        profile=_profile(profile),
        account=account,
        version=row.version,
        is_paused=row.is_paused,
        pause_reason=row.pause_reason,
        has_left=row.has_left,
        is_on_leave=row.is_on_leave,
        shifts=tuple((datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in shifts),
        daily_cap=row.daily_cap,
        load=load,
        policy_seq=row.policy_seq,
        change_seq=row.change_seq,
    )


def _group(row: SqlRow) -> GroupAccount:
    return GroupAccount(
        group_id=GroupId(str(row.id)),
        units=row.units,
        rest=row.rest,
        weight_present=row.weight_present,
        sequence=row.ledger_seq,
    )


def _group_beside(row: SqlRow) -> GroupAccount:
    return GroupAccount(
        group_id=GroupId(str(row.team_id)),
        units=row.group_units or 0,
        rest=row.group_rest or 0,
        weight_present=row.group_weight or 0,
        sequence=row.group_seq or 0,
    )


def _profile_document(profile: RepProfile) -> dict[str, Any]:
    return {
        "industries": profile.industries,
        "regions": profile.regions,
        "segments": profile.segments,
        "product_lines": profile.product_lines,
        "languages": profile.languages,
        "shifts": [[weekday, shift.start_minute, shift.end_minute] for weekday, shift in profile.shifts],
        "leave": [[leave.start.isoformat(), leave.end.isoformat()] for leave in profile.leave],
        "open_cap": profile.open_cap,
        "daily_cap": profile.daily_cap,
        "weight_pct": profile.weight_pct,
        "joined_at": profile.joined_at.isoformat() if profile.joined_at else None,
        "owned_customer_ids": profile.owned_customer_ids,
        "territories": profile.territories,
        "median_response_minutes": profile.median_response_minutes,
    }


def _profile(document: Mapping[str, Any]) -> RepProfile:
    lists = ("industries", "regions", "segments", "product_lines", "languages", "owned_customer_ids", "territories")
    joined_at = document["joined_at"]
    return RepProfile(
        **{name: tuple(document[name]) for name in lists},
        shifts=tuple((weekday, Shift(start, end)) for weekday, start, end in document["shifts"]),
        leave=tuple(
            Interval(datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in document["leave"]
        ),
        open_cap=document["open_cap"],
        daily_cap=document["daily_cap"],
        weight_pct=document["weight_pct"],
        joined_at=datetime.fromisoformat(joined_at) if joined_at else None,
        median_response_minutes=document["median_response_minutes"],
    )


_GROUPS_AND_HORIZON = text(
    "SELECT s.horizon, g.* FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon) s"
    " LEFT JOIN fairness_group g ON true"
)
_CHANGED = text("SELECT * FROM rep WHERE changed_xid >= :horizon")
_GET = text("SELECT * FROM rep WHERE id = :id")
_FIND = text(
    "SELECT r.*, g.units AS group_units, g.rest AS group_rest, g.weight_present AS group_weight,"
    " g.ledger_seq AS group_seq FROM rep r LEFT JOIN fairness_group g ON g.tenant_id = r.tenant_id AND g.id = r.team_id"
    " WHERE r.id = :id"
)
_PAGE = text(
    "SELECT r.*, g.units AS group_units, g.rest AS group_rest, g.weight_present AS group_weight,"
    " g.ledger_seq AS group_seq FROM rep r LEFT JOIN fairness_group g ON g.tenant_id = r.tenant_id AND g.id = r.team_id"
    " WHERE (CAST(:after AS uuid) IS NULL OR r.id > CAST(:after AS uuid))"
    " AND (CAST(:team AS uuid) IS NULL OR r.team_id = CAST(:team AS uuid)) ORDER BY r.id LIMIT :size"
)
_MAKE_GROUPS = text(
    "INSERT INTO fairness_group (tenant_id, id) SELECT CAST(:tenant AS uuid), g.id"
    " FROM unnest(CAST(:ids AS uuid[])) AS g (id) ON CONFLICT DO NOTHING"
)
_LOCK_GROUPS = text("SELECT * FROM fairness_group WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE")
_LOCK = text("SELECT * FROM rep WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE")
_LOCK_FREE = text("SELECT * FROM rep WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE SKIP LOCKED")
_INSERT = text(
    "INSERT INTO rep (tenant_id, id, version, team_id, supervisor_id, profile, is_paused, pause_reason, has_left,"
    " is_on_leave, is_present, shifts, weight_pct, daily_cap, open_cap, open_leads, leads_today, counted_on,"
    " leads_total, worth_total, last_lead_at, carried, units_in, policy_seq, change_seq, changed_xid)"
    " VALUES (:tenant, :id, :version, :team, :supervisor, CAST(:profile AS jsonb), :is_paused, :pause_reason,"
    " :has_left, :is_on_leave, :is_present, CAST(:shifts AS jsonb), :weight_pct, :daily_cap, :open_cap, :open_leads,"
    " :leads_today, :counted_on, :leads_total, :worth_total, :last_lead_at, :carried, :units_in, :policy_seq,"
    " nextval('rep_change_seq'), pg_current_xact_id()::text::bigint) RETURNING change_seq"
)
_UPDATE = text(
    "UPDATE rep SET version = :version, team_id = :team, supervisor_id = :supervisor,"
    " profile = CAST(:profile AS jsonb), is_paused = :is_paused, pause_reason = :pause_reason, has_left = :has_left,"
    " is_on_leave = :is_on_leave, is_present = :is_present, shifts = CAST(:shifts AS jsonb),"
    " weight_pct = :weight_pct, daily_cap = :daily_cap, open_cap = :open_cap, open_leads = :open_leads,"
    " leads_today = :leads_today, counted_on = :counted_on, leads_total = :leads_total, worth_total = :worth_total,"
    " last_lead_at = :last_lead_at, carried = :carried, units_in = :units_in, policy_seq = :policy_seq,"
    " change_seq = nextval('rep_change_seq'), changed_xid = pg_current_xact_id()::text::bigint"
    " WHERE tenant_id = :tenant AND id = :id"
)
_UPDATE_LOADS = text(
    "UPDATE rep SET open_leads = r.open_leads, leads_today = r.leads_today, counted_on = r.counted_on,"
    " leads_total = r.leads_total, worth_total = r.worth_total, last_lead_at = r.last_lead_at, carried = r.carried,"
    " change_seq = nextval('rep_change_seq'), changed_xid = pg_current_xact_id()::text::bigint"
    " FROM unnest(CAST(:id AS uuid[]), CAST(:open_leads AS integer[]), CAST(:leads_today AS integer[]),"
    " CAST(:counted_on AS date[]), CAST(:leads_total AS bigint[]), CAST(:worth_total AS bigint[]),"
    " CAST(:last_lead_at AS timestamptz[]), CAST(:carried AS bigint[]))"
    " AS r (id, open_leads, leads_today, counted_on, leads_total, worth_total, last_lead_at, carried)"
    " WHERE rep.tenant_id = CAST(:tenant AS uuid) AND rep.id = r.id"
)
_UPDATE_GROUP = text(
    "UPDATE fairness_group SET units = :units, rest = :rest, weight_present = :weight_present,"
    " ledger_seq = :sequence WHERE tenant_id = :tenant AND id = :id"
)
_ADD_ENTRY = text(
    "INSERT INTO ledger_entry (tenant_id, id, group_id, rep_id, lead_id, recorded_at, document)"
    " SELECT CAST(:tenant AS uuid), e.id, e.in_group, e.rep, e.lead, :now, e.document"
    " FROM unnest(CAST(:id AS uuid[]), CAST(:group AS uuid[]), CAST(:rep AS uuid[]), CAST(:lead AS uuid[]),"
    " CAST(:document AS jsonb[])) AS e (id, in_group, rep, lead, document)"
)
_ENTRIES = text(
    "SELECT id, group_id, rep_id, lead_id, document FROM ledger_entry WHERE lead_id = ANY(CAST(:leads AS uuid[]))"
    " ORDER BY id DESC"
)
