"""What the funnel counts, as statements: one row for each lead, joined submission, opportunity and decision.

Each row has the values of the groups it belongs to, a mark for each figure that counts it, and facts about it, which
the planner leaves out where nobody asks for them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, literal, not_, null, select, true
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.sql import FromClause

from scoring.adapters.postgres.tables import (
    joined_submission,
    lead_alarm,
    lead_conversion,
    lead_funnel,
    lead_owner,
    opportunity_progress,
)
from scoring.application.ports import Viewpoint
from scoring.domain.funnel import COUNTS, FunnelQuestion, Grouping
from scoring.domain.lead_progress import AlarmKind, ConversionKind
from scoring.domain.opportunity_progress import LOST, WITHDRAWN, WON

Column: TypeAlias = ColumnElement[Any]
Query: TypeAlias = Select[*tuple[Any, ...]]

FACTS = (
    "id",
    "lead_id",
    "at",
    "owner_id",
    "team_id",
    "source",
    "product_line",
    "region",
    "industry",
    "stage",
    "state",
)
"""What is told of each row beside what counts it; `id` is that of the lead, submission or opportunity."""
_TIME_FORMATS = {Grouping.DAY: "YYYY-MM-DD", Grouping.WEEK: 'IYYY-"W"IW', Grouping.MONTH: "YYYY-MM"}


@dataclass(frozen=True, slots=True)
class Span:
    """The conditions that leads, joined submissions and opportunities have in common."""

    question: FunnelQuestion
    view: Viewpoint

    def holds(self, at: Column) -> Column:
        """Whether a time lies in the span."""
        begin = at >= self.question.received_from if self.question.received_from else true()
        return and_(begin, at < (self.question.received_before or self.view.now))

    def is_known(self, recorded_at: Column) -> Column:
        """Whether a fact counts."""
        if self.question.known_at is None:
            return recorded_at.is_not(None)
        return recorded_at < self.question.known_at

    def sees(self, owner_id: Column, team_id: Column) -> Column:
        """Whether the caller may see what these own."""
        return self.view.scope.where(owner_id, team_id)

    def columns(self, facts: Mapping[str, Column], marks: Mapping[str, Column]) -> list[Column]:
        """Groups, marks and facts of a row; what is not among the facts is not known."""
        groups = [
            self._group(grouping, facts).label(name)
            for name, grouping in zip(group_names(self.question), self.question.groupings, strict=True)
        ]
        known = [facts.get(name, null()).label(name) for name in FACTS]
        return [*groups, *(marks.get(name, false()).label(name) for name in COUNTS), *known]

    def _group(self, grouping: Grouping, facts: Mapping[str, Column]) -> Column:
        """The value that a row is grouped by; NULL where it is not known."""
        match grouping:
            case Grouping.NOTHING:
                return literal("")
            case Grouping.REP:
                return facts["owner_id"]
            case Grouping.TEAM:
                return facts["team_id"]
            case Grouping.DAY | Grouping.WEEK | Grouping.MONTH:
                return func.to_char(func.timezone(self.view.zone.key, facts["at"]), _TIME_FORMATS[grouping])
            case _:
                return facts.get(grouping.value, null())

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


def leads(span: Span) -> Query:
    """Leads received in the span."""
    lead = lead_funnel.alias("lead")
    # The lead's own row has its present owner; only a question about the past needs to look further.
    owner = lead if span.question.known_at is None else span.owner_of(lead)
    source = lead if owner is lead else lead.outerjoin(owner, true())
    marks = {
        "received": true(),
        "assigned": span.is_known(lead.c.assigned_recorded_at),
        "followed_up": span.is_known(lead.c.followed_up_recorded_at),
        "silent": _fell_silent(span, lead),
        "closed": span.is_known(lead.c.closed_recorded_at),
        "converted": _was_converted(span, lead),
        "with_opportunity": _has_opportunity(span, lead),
    }
    facts = {
        "id": lead.c.lead_id,
        "lead_id": lead.c.lead_id,
        "at": lead.c.received_at,
        "owner_id": owner.c.owner_id,
        "team_id": owner.c.team_id,
        **_profile(lead),
        "product_line": lead.c.product_line,
    }
    return (
        select(*span.columns(facts, marks))
        .select_from(source)
        .where(
            span.holds(lead.c.received_at),
            span.is_known(lead.c.received_recorded_at),
            not_(_was_joined(span, lead)),
            span.sees(owner.c.owner_id, owner.c.team_id),
        )
    )


def joined(span: Span) -> Query:
    """Submissions joined in the span."""
    submission = joined_submission.alias("joined")
    owner = span.owner_of(submission)
    facts = {
        "id": submission.c.submission_id,
        "lead_id": submission.c.lead_id,
        "at": submission.c.joined_at,
        "owner_id": owner.c.owner_id,
        "team_id": owner.c.team_id,
        "source": func.nullif(submission.c.source, ""),
    }
    return (
        select(*span.columns(facts, {"joined": true()}))
        .select_from(submission.outerjoin(owner, true()))
        .where(
            span.holds(submission.c.joined_at),
            _stands(span, submission),
            span.sees(owner.c.owner_id, owner.c.team_id),
        )
    )


def created(span: Span) -> Query:
    """Opportunities created in the span."""
    told = opportunity_progress.alias("told")
    newest = _newest(select(told), told).where(span.holds(told.c.created_at), span.is_known(told.c.recorded_at))
    opportunity = newest.subquery("opportunity")
    marks = {
        "opportunities_created": true(),
        "opportunities_won": opportunity.c.state == WON,
        "opportunities_lost": opportunity.c.state == LOST,
    }
    return _of_opportunities(span, opportunity, opportunity.c.created_at, marks)


def decided(span: Span) -> Query:
    """Opportunities that were won or lost in the span and stand so."""
    told, candidate = opportunity_progress.alias("told"), opportunity_progress.alias("candidate")
    # Those that were ever decided in the span are few and found by index; how they stand is asked of them alone.
    candidates = select(candidate.c.opportunity_id).where(span.holds(candidate.c.decided_at))
    newest = _newest(select(told), told).where(told.c.opportunity_id.in_(candidates), span.is_known(told.c.recorded_at))
    opportunity = newest.subquery("opportunity")
    marks = {"decided_won": opportunity.c.state == WON, "decided_lost": opportunity.c.state == LOST}
    return _of_opportunities(span, opportunity, opportunity.c.decided_at, marks).where(
        span.holds(opportunity.c.decided_at)
    )


def group_names(question: FunnelQuestion) -> list[str]:
    """Names of the columns that hold the values of the groups, in their order."""
    return [f"group_{place}" for place in range(len(question.groupings))]


def _of_opportunities(span: Span, opportunity: FromClause, at: Column, marks: Mapping[str, Column]) -> Query:
    origin = lead_funnel.alias("origin")
    is_origin = and_(
        origin.c.tenant_id == opportunity.c.tenant_id,
        origin.c.lead_id == opportunity.c.lead_id,
        span.is_known(origin.c.received_recorded_at),
    )
    own = ("lead_id", "owner_id", "team_id", "product_line", "stage", "state")
    facts = {
        "id": opportunity.c.opportunity_id,
        "at": at,
        **{name: opportunity.c[name] for name in own},
        **_profile(origin),
    }
    return (
        select(*span.columns(facts, marks))
        .select_from(opportunity.outerjoin(origin, is_origin))
        .where(opportunity.c.state != WITHDRAWN, span.sees(opportunity.c.owner_id, opportunity.c.team_id))
    )


def _newest(query: Query, told: FromClause) -> Query:
    """How each opportunity stood last."""
    newest: Query = query.ext(distinct_on(told.c.opportunity_id))
    return newest.order_by(told.c.opportunity_id, told.c.version.desc())


def _profile(lead: FromClause) -> dict[str, Column]:
    """What opportunities have from their lead; the product line is their own."""
    return {"source": lead.c.source, "region": lead.c.region, "industry": lead.c.industry}


def _has_opportunity(span: Span, lead: FromClause) -> Column:
    """Whether an opportunity came from the lead that was not withdrawn afterwards."""
    came, gone = opportunity_progress.alias("came"), opportunity_progress.alias("gone")
    was_withdrawn = exists().where(
        gone.c.tenant_id == came.c.tenant_id,
        gone.c.opportunity_id == came.c.opportunity_id,
        gone.c.version >= came.c.version,
        gone.c.state == WITHDRAWN,
        span.is_known(gone.c.recorded_at),
    )
    return exists().where(
        came.c.tenant_id == lead.c.tenant_id,
        came.c.lead_id == lead.c.lead_id,
        span.is_known(came.c.recorded_at),
        not_(was_withdrawn),
    )


def _fell_silent(span: Span, lead: FromClause) -> Column:
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


def _was_converted(span: Span, lead: FromClause) -> Column:
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


def _was_joined(span: Span, lead: FromClause) -> Column:
    joined = joined_submission.alias("elsewhere")
    return exists().where(
        joined.c.tenant_id == lead.c.tenant_id,
        joined.c.submission_id == lead.c.lead_id,
        _stands(span, joined),
    )


def _stands(span: Span, joined: FromClause) -> Column:
    """Whether a join was known, and not known to be undone."""
    was_undone = func.coalesce(span.is_known(joined.c.undone_recorded_at), false())
    return and_(span.is_known(joined.c.recorded_at), not_(was_undone))
