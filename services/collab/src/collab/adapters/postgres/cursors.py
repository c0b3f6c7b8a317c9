"""Where a page begins, as values for SQL. A token that somebody has made up is refused, not passed to the database."""

from datetime import datetime

from sqlalchemy import DateTime, Text, Tuple, Uuid, tuple_

from chassis.ids import is_id
from chassis.pages import Cursor, PageTokenInvalid

_ID = Uuid(as_uuid=False)


def by_name(cursor: Cursor) -> Tuple:
    """Sort key of the name, and id.

    Raises:
        PageTokenInvalid: it holds something else.
    """
    return tuple_(_only_key(cursor), cursor.id, types=[Text, _ID])


def by_moment(cursor: Cursor) -> Tuple:
    """Moment, and id.

    Raises:
        PageTokenInvalid: it holds something else.
    """
    try:
        moment = datetime.fromisoformat(_only_key(cursor))
    except ValueError:
        raise PageTokenInvalid from None
    if moment.tzinfo is None:
        raise PageTokenInvalid
    return tuple_(moment, cursor.id, types=[DateTime(timezone=True), _ID])


def _only_key(cursor: Cursor) -> str:
    if len(cursor.key) != 1 or not is_id(cursor.id):
        raise PageTokenInvalid
    return cursor.key[0]
