"""Where a page begins, as values for SQL. A token that somebody has made up is refused, not passed to the database."""

from datetime import datetime

from chassis.ids import is_id
from chassis.pages import Cursor, PageTokenInvalid


def by_name(cursor: Cursor) -> tuple[str, str]:
    """Sort key of the name, and id.

    Raises:
        PageTokenInvalid: it holds something else.
    """
    if len(cursor.key) != 1 or not is_id(cursor.id):
        raise PageTokenInvalid
    return cursor.key[0], cursor.id


def by_moment(cursor: Cursor) -> tuple[datetime, str]:
    """Moment, and id.

    Raises:
        PageTokenInvalid: it holds something else.
    """
    text, row_id = by_name(cursor)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise PageTokenInvalid from None
    if moment.tzinfo is None:
        raise PageTokenInvalid
    return moment, row_id
