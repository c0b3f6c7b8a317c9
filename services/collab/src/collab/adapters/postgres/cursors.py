"""Where a page begins, as values for SQL. A token that somebody has made up is refused, not passed to the database."""

from sqlalchemy import DateTime, Text, Tuple, Uuid, tuple_

from chassis.pages import Cursor

_ID = Uuid(as_uuid=False)


def by_name(cursor: Cursor) -> Tuple:
    """Sort key of the name, and id.

    Raises:
        PageTokenInvalid: it holds something else.
    """
    return tuple_(cursor.text, cursor.id, types=[Text, _ID])


def by_moment(cursor: Cursor) -> Tuple:
    """Moment, and id.

    Raises:
        PageTokenInvalid: it holds something else.
    """
    return tuple_(cursor.moment, cursor.id, types=[DateTime(timezone=True), _ID])
