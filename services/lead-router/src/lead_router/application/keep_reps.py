"""Keep what routing must know of each rep: profile, pause, and the time of day."""

from dataclasses import dataclass
from datetime import datetime

from chassis.authorization import Authorizer, Resource
from chassis.errors import NotFound, Stale
from lead_router.application.ports import Company, UnitOfWork, Work
from lead_router.application.routing_board import RoutingBoards
from lead_router.application.timer_names import REP_REFRESH
from lead_router.domain.ids import GroupId, PersonId, RepId
from lead_router.domain.rep import Rep
from lead_router.domain.rep_profile import RepProfile
from lead_router.domain.routing.ledger import GroupAccount, RepAccount, remove, settled


@dataclass(frozen=True, slots=True)
class RankedRep:
    """A rep with the account of the fairness group."""

    rep: Rep
    group: GroupAccount


@dataclass(frozen=True, slots=True)
class PutRepProfile:
    """The whole profile; `version` is the one the caller saw, 0 for none."""

    rep_id: RepId
    profile: RepProfile
    version: int


@dataclass(frozen=True, slots=True)
class PauseRep:
    """Takes a rep out of routing."""

    rep_id: RepId
    version: int
    reason: str


@dataclass(frozen=True, slots=True)
class ResumeRep:
    """Puts a rep back into routing."""

    rep_id: RepId
    version: int


@dataclass(frozen=True, slots=True)
class RepKeeper:
    """Changes reps. The fairness group is locked before the rep, as everywhere."""

    unit_of_work: UnitOfWork
    company: Company
    boards: RoutingBoards
    authorizer: Authorizer

    async def put_profile(self, command: PutRepProfile) -> RankedRep:
        """Sets a profile; makes the rep where there was none.

        Raises:
            NotFound: there is no such person for the caller.
            Stale: the caller saw another version.
        """
        async with self.unit_of_work.begin() as work:
            person = await self.company.standing_of(work.tenant_id, PersonId(command.rep_id))
            if person is None or not person.is_active or person.team_id is None:
                raise NotFound("rep", command.rep_id)
            self._require("rep.write", command.rep_id, person.team_id)
            known = await self._locked(work, command.rep_id)
            if known is None:
                if command.version != 0:
                    raise Stale("rep", command.rep_id, 0)
                supervisor = PersonId(person.supervisor_id) if person.supervisor_id else None
                ranked = await self._added(work, command, person.team_id, supervisor)
            else:
                known.rep.require_version(command.version)
                before = _audited(known.rep)
                known.rep.change_profile(command.profile)
                ranked = await self._refreshed(work, known)
                self._audit(work, "rep.put_profile", ranked.rep, before)
            return await work.answer(ranked)

    async def pause(self, command: PauseRep) -> RankedRep:
        """Takes a rep out of routing; leads already owned stay.

        Raises:
            NotFound, Stale: as `put_profile`.
        """
        return await self._changed(command.rep_id, command.version, command.reason)

    async def resume(self, command: ResumeRep) -> RankedRep:
        """Puts a rep back into routing.

        Raises:
            NotFound, Stale: as `put_profile`.
        """
        return await self._changed(command.rep_id, command.version, None)

    async def refresh(self, rep_id: RepId) -> bool:
        """Brings a rep up to the time of day, for the timer; True where the rep can take leads now."""
        async with self.unit_of_work.begin() as work:
            known = await self._locked(work, rep_id)
            if known is None:
                return False
            return (await self._refreshed(work, known)).rep.account.is_present

    async def follow_directory(
        self, person_id: PersonId, *, team_id: str, supervisor_id: PersonId | None, is_active: bool
    ) -> None:
        """Takes over team, supervisor and departure from the directory, for a person who is a rep.

        One who changes teams begins in the new fairness group with nothing owed; one who leaves is paid out.
        """
        async with self.unit_of_work.begin() as work:
            known = await self._locked(work, RepId(person_id))
            if known is None:
                return
            rep, new_team = known.rep, team_id or known.rep.team_id
            if not rep.move(team_id=new_team, supervisor_id=supervisor_id, has_left=not is_active):
                return
            if rep.has_left or rep.account.group_id != new_team:
                await work.reps.save([], [remove(known.group, rep.account)])
                known = await self._in_group(work, rep, GroupId(new_team))
            await self._refreshed(work, known)

    async def _changed(self, rep_id: RepId, version: int, reason: str | None) -> RankedRep:
        async with self.unit_of_work.begin() as work:
            known = await self._locked(work, rep_id)
            if known is None:
                raise NotFound("rep", rep_id)
            rep = known.rep
            self._require("rep.pause", rep_id, rep.team_id)
            rep.require_version(version)
            before = _audited(rep)
            if reason is None:
                rep.resume()
            else:
                rep.pause(reason)
            ranked = await self._refreshed(work, known)
            self._audit(work, "rep.resume" if reason is None else "rep.pause", rep, before)
            return await work.answer(ranked)

    def _require(self, permission: str, rep_id: RepId, team_id: str) -> None:
        self.authorizer.require_visible(permission, Resource(rep_id, team_id), kind="rep", id=rep_id)

    async def _locked(self, work: Work, rep_id: RepId) -> RankedRep | None:
        """The rep with the account of the group, the group locked first; None where there is none."""
        seen = await work.reps.get(rep_id)
        if seen is None:
            return None
        group_id = seen.account.group_id
        group = (await work.reps.lock_groups([group_id]))[group_id]
        rep = (await work.reps.lock([rep_id]))[rep_id]
        return RankedRep(rep, group)

    async def _in_group(self, work: Work, rep: Rep, group_id: GroupId) -> RankedRep:
        """The rep as a new member of a group: nothing owed, nothing owing."""
        group = (await work.reps.lock_groups([group_id]))[group_id]
        rep.account = settled(group, RepAccount(rep_id=rep.id, group_id=group_id, weight_pct=rep.account.weight_pct))
        return RankedRep(rep, group)

    async def _added(self, work: Work, command: PutRepProfile, team_id: str, supervisor: PersonId | None) -> RankedRep:
        rep = Rep(
            id=command.rep_id,
            team_id=team_id,
            supervisor_id=supervisor,
            profile=command.profile,
            account=RepAccount(rep_id=command.rep_id, group_id=GroupId(team_id)),
        )
        ranked = await self._in_group(work, rep, GroupId(team_id))
        await work.reps.add(rep)
        ranked = await self._refreshed(work, ranked)
        self._audit(work, "rep.put_profile", rep, None)
        return ranked

    async def _refreshed(self, work: Work, known: RankedRep) -> RankedRep:
        """Brings shifts, caps and presence up to now, writes the row, and sets the timer of the next change."""
        rep = known.rep
        policy = (await self.boards.policy(work)).newcomers
        hours = await self.company.hours_of(work.tenant_id, rep.profile)
        today = work.now.astimezone(await self.company.zone(work.tenant_id)).date()
        group, look_again = rep.refresh(known.group, hours, policy, now=work.now, today=today)
        await work.reps.save([rep], [group])
        await self._set_timer(work, rep.id, look_again)
        return RankedRep(rep, group)

    async def _set_timer(self, work: Work, rep_id: RepId, due_at: datetime) -> None:
        await work.timers.set(REP_REFRESH, rep_id, due_at, {})

    def _audit(self, work: Work, action: str, rep: Rep, before: dict[str, object] | None) -> None:
        work.audit.record(action=action, resource=f"reps/{rep.id}", before=before, after=_audited(rep))


def _audited(rep: Rep) -> dict[str, object]:
    return {
        "open_cap": rep.profile.open_cap,
        "daily_cap": rep.profile.daily_cap,
        "weight_pct": rep.profile.weight_pct,
        "is_paused": rep.is_paused,
        "pause_reason": rep.pause_reason,
        "version": rep.version,
    }
