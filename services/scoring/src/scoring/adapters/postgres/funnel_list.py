"""The statements that list what one figure of the funnel counts."""

from collections.abc import Sequence

from sqlalchemy import Text, cast, func, literal, select, tuple_
from sqlalchemy.sql import FromClause

from chassis.pages import Cursor
from scoring.adapters.postgres.funnel_rows import (
    Column,
    Query,
    Span,
    created,
    decided,
    group_names,
    joined,
    leads,
)
from scoring.application.ports import Viewpoint
from scoring.domain.funnel import DECISION_COUNTS, JOINED
from scoring.domain.funnel_cell import FunnelCell

_COMMON = ("lead_id", "at", "owner_id", "team_id", "source", "product_line", "region", "industry")


def lead_list(cell: FunnelCell, view: Viewpoint, after: Cursor | None, size: int) -> Query:
    """One row per lead or submission that the cell counts, with the columns of `FunnelLead`."""
    span = Span(cell.question, view)
    rows = (joined(span) if cell.figure == JOINED else leads(span)).subquery("counted")
    submission = rows.c.id if cell.figure == JOINED else literal(None)
    columns = [submission.label("submission_id"), *(rows.c[name] for name in _COMMON)]
    return _page(rows, columns, cell, after).limit(size)


def opportunity_list(cell: FunnelCell, view: Viewpoint, after: Cursor | None, size: int) -> Query:
    """One row per opportunity that the cell counts, with the columns of `FunnelOpportunity`."""
    span = Span(cell.question, view)
    rows = (decided(span) if cell.figure in DECISION_COUNTS else created(span)).subquery("counted")
    columns = [rows.c.id, *(rows.c[name] for name in (*_COMMON, "stage", "state"))]
    return _page(rows, columns, cell, after).limit(size)


def _page(rows: FromClause, columns: Sequence[Column], cell: FunnelCell, after: Cursor | None) -> Query:
    names = group_names(cell.question)
    in_group = [
        func.coalesce(cast(rows.c[name], Text), "") == value for name, value in zip(names, cell.groups, strict=True)
    ]
    query: Query = select(*columns).where(rows.c[cell.figure], *in_group)
    if after is not None:
        query = query.where(
            tuple_(rows.c.at, rows.c.id) < tuple_(literal(after.moment), cast(after.id, rows.c.id.type))
        )
    return query.order_by(rows.c.at.desc(), rows.c.id.desc())
