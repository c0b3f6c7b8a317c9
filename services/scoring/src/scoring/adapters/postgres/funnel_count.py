"""The statement that counts the funnel."""

from sqlalchemy import Text, cast, func, select, union_all

from scoring.adapters.postgres.funnel_rows import Query, Span, created, decided, group_names, joined, leads
from scoring.application.ports import Viewpoint
from scoring.domain.funnel import COUNTS, FunnelQuestion


def funnel_count(question: FunnelQuestion, view: Viewpoint) -> Query:
    """One row per group: the values of its dimensions as `group_0`, `group_1` …, and the counts of `FunnelRow`.

    Leads, joined submissions, opportunities and decisions are put one below the other, each with the figures that count
    it, and counted together.
    """
    span = Span(question, view)
    rows = union_all(leads(span), joined(span), created(span), decided(span)).subquery("reached")
    names = group_names(question)
    groups = [func.coalesce(cast(rows.c[name], Text), "").label(name) for name in names]
    counts = [func.count().filter(rows.c[name]).label(name) for name in COUNTS]
    return select(*groups, *counts).group_by(*(rows.c[name] for name in names))
