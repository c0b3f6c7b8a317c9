"""The statement that counts the funnel."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    and_,
    cast,
    exists,
    false,
    func,
    literal,
    not_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.sql import FromClause

from chassis.authorization import Scope
from scoring.adapters.postgres.tables import (
    joined_submission,
    lead_alarm,
    lead_conversion,
    lead_funnel,
    lead_owner,
    opportunity_progress,
)
from scoring.domain.funnel import COUNTS, FunnelQuestion, Grouping
from scoring.domain.lead_progress import AlarmKind, ConversionKind
from scoring.domain.opportunity_progress import LOST, WITHDRAWN, WON

Column: TypeAlias = ColumnElement[Any]
Query: TypeAlias = Select[*tuple[Any, ...]]


def funnel_count(question: FunnelQuestion, scope: Scope, zone: ZoneInfo, now: datetime) -> Query:
    """One row per group, with the columns of `FunnelRow`.

    Leads, joined submissions and opportunities are put one below the other, each with the steps it reached, and counted
    together.
    """
    span = _Span(question, scope, zone, now)
    reached = union_all(_leads(span), _joined(span), _opportunities(span)).subquery("reached")
    group = func.coalesce(cast(reached.c["group"], Text), "").label("group")
    counts = [func.count().filter(reached.c[name]).label(name) for name in COUNTS]
    return select(group, *counts).group_by(reached.c["group"])


@dataclass(frozen=True, slots=True)
class _Span:
    """The conditions that leads, joined submissions and opportunities have in common."""

    question: FunnelQuestion
    scope: Scope
    zone: ZoneInfo
    now: datetime

    def holds(self, at: Column) -> Column:
        """Whether a time of receipt lies in the span."""
        begin = at >= self.question.received_from if self.question.received_from else true()
        return and_(begin, at < (self.question.received_before or self.now))

    def is_known(self, recorded_at: Column) -> Column:
        """Whether a fact counts."""
        if self.question.known_at is None:
            return recorded_at.is_not(None)
        return recorded_at < self.question.known_at

    def group(self, *, owner_id: Column, team_id: Column, source: Column, at: Column) -> Column:
        """The value that a row is grouped by; NULL where it is not known."""
        match self.question.group_by:
            case Grouping.NOTHING:
                return literal("")
            case Grouping.REP:
                return owner_id
            case Grouping.TEAM:
                return team_id
            case Grouping.SOURCE:
                return source
            case Grouping.DAY:
                return func.to_char(func.timezone(self.zone.key, at), "YYYY-MM-DD")

    def owner_of(self, lead: FromClause) -> FromClause:
        """Owner and team of a row with a lead id, as far as they were known; none or one row for each."""
        if self.question.known_at is None:
            present = lead_funnel.alias("present")
            mine = and_(present.c.tenant_id == lead.c.tenant_id, present.c.lead_id == lead.c.lead_id)
            return select(present.c.owner_id, present.c.team_id).where(mine).lateral("owner")
        past = lead_owner.alias("past")
        known = and_(
            past.c.tenant_id == lead.c.tenant_id, past.c.lead_id == lead.c.lead_id, self.is_known(past.c.recorded_at)
        )
        newest = select(past.c.owner_id, past.c.team_id).where(known).order_by(past.c.version.desc()).limit(1)
        return newest.lateral("owner")


def _leads(span: _Span) -> Query:
    lead = lead_funnel.alias("lead")
    # The lead's own row has its present owner; only a question about the past needs to look further.
    owner = lead if span.question.known_at is None else span.owner_of(lead)
    source = lead if owner is lead else lead.outerjoin(owner, true())
    steps = {
        "received": true(),
        "assigned": span.is_known(lead.c.assigned_recorded_at),
        "followed_up": span.is_known(lead.c.followed_up_recorded_at),
        "silent": _fell_silent(span, lead),
        "closed": span.is_known(lead.c.closed_recorded_at),
        "converted": _was_converted(span, lead),
    }
    group = span.group(owner_id=owner.c.owner_id, team_id=owner.c.team_id, source=lead.c.source, at=lead.c.received_at)
    return (
        select(group.label("group"), *_marks(steps))
        .select_from(source)
        .where(
            span.holds(lead.c.received_at),
            span.is_known(lead.c.received_recorded_at),
            not_(_was_joined(span, lead)),
            span.scope.where(owner.c.owner_id, owner.c.team_id),
        )
    )


def _joined(span: _Span) -> Query:
    joined = joined_submission.alias("joined")
    owner = span.owner_of(joined)
    group = span.group(
        owner_id=owner.c.owner_id,
        team_id=owner.c.team_id,
        source=func.nullif(joined.c.source, ""),
        at=joined.c.joined_at,
    )
    return (
        select(group.label("group"), *_marks({"joined": true()}))
        .select_from(joined.outerjoin(owner, true()))
        .where(
            span.holds(joined.c.joined_at),
            _stands(span, joined),
            span.scope.where(owner.c.owner_id, owner.c.team_id),
        )
    )


def _opportunities(span: _Span) -> Query:
    told = opportunity_progress.alias("told")
    newest = (
        select(told)
        .ext(distinct_on(told.c.opportunity_id))
        .where(span.holds(told.c.created_at), span.is_known(told.c.recorded_at))
        .order_by(told.c.opportunity_id, told.c.version.desc())
        .subquery("opportunity")
    )
    origin = lead_funnel.alias("origin")
    is_origin = and_(
        origin.c.tenant_id == newest.c.tenant_id,
        origin.c.lead_id == newest.c.lead_id,
        span.is_known(origin.c.received_recorded_at),
    )
    steps = {
        "opportunities_created": true(),
        "opportunities_won": newest.c.state == WON,
        "opportunities_lost": newest.c.state == LOST,
    }
    group = span.group(
        owner_id=newest.c.owner_id, team_id=newest.c.team_id, source=origin.c.source, at=newest.c.created_at
    )
    return (
        select(group.label("group"), *_marks(steps))
        .select_from(newest.outerjoin(origin, is_origin))
        .where(newest.c.state != WITHDRAWN, span.scope.where(newest.c.owner_id, newest.c.team_id))
    )


def _marks(steps: Mapping[str, Column]) -> list[Column]:
    return [steps.get(name, false()).label(name) for name in COUNTS]


def _fell_silent(span: _Span, lead: FromClause) -> Column:
    if span.question.known_at is None:
        return lead.c.silent_recorded_at.is_not(None)
    silent, withdrawn = lead_alarm.alias("silent"), lead_alarm.alias("withdrawn")
    is_withdrawn = exists().where(
        withdrawn.c.tenant_id == silent.c.tenant_id,
        withdrawn.c.lead_id == silent.c.lead_id,
        withdrawn.c.kind == AlarmKind.WITHDRAWN,
        withdrawn.c.version > silent.c.version,
        withdrawn.c.at <= silent.c.at,
        span.is_known(withdrawn.c.recorded_at),
    )
    return exists().where(
        silent.c.tenant_id == lead.c.tenant_id,
        silent.c.lead_id == lead.c.lead_id,
        silent.c.kind == AlarmKind.SILENT,
        span.is_known(silent.c.recorded_at),
        not_(is_withdrawn),
    )


def _was_converted(span: _Span, lead: FromClause) -> Column:
    if span.question.known_at is None:
        return lead.c.converted_recorded_at.is_not(None)
    converted, undone = lead_conversion.alias("converted"), lead_conversion.alias("undone")
    is_undone = exists().where(
        undone.c.tenant_id == converted.c.tenant_id,
        undone.c.lead_id == converted.c.lead_id,
        undone.c.kind == ConversionKind.UNDONE,
        undone.c.version > converted.c.version,
        span.is_known(undone.c.recorded_at),
    )
    return exists().where(
        converted.c.tenant_id == lead.c.tenant_id,
        converted.c.lead_id == lead.c.lead_id,
        converted.c.kind == ConversionKind.CONVERTED,
        span.is_known(converted.c.recorded_at),
        not_(is_undone),
    )


def _was_joined(span: _Span, lead: FromClause) -> Column:
    joined = joined_submission.alias("elsewhere")
    return exists().where(
        joined.c.tenant_id == lead.c.tenant_id,
        joined.c.submission_id == lead.c.lead_id,
        _stands(span, joined),
    )


def _stands(span: _Span, joined: FromClause) -> Column:
    """Whether a join was known, and not known to be undone."""
    was_undone = func.coalesce(span.is_known(joined.c.undone_recorded_at), false())
    return and_(span.is_known(joined.c.recorded_at), not_(was_undone))
