"""The query of a request, as pairs of name and value."""

from __future__ import annotations

from urllib.parse import parse_qsl

from chassis.errors import Invalid, Violation
from gateway.adapters.http.exchange import Exchange

_MOST = 200


def parameters(exchange: Exchange) -> list[tuple[str, str]]:
    """The pairs in their order; a name may stand more than once, a value may be empty.

    Raises:
        Invalid: too many pairs, a pair without `=`, or what is no percent-encoded UTF-8.
    """
    try:
        return parse_qsl(
            exchange.query,
            keep_blank_values=True,
            strict_parsing=bool(exchange.query),
            errors="strict",
            max_num_fields=_MOST,
        )
    except ValueError as error:
        message = f"must be at most {_MOST} pairs of name=value, percent-encoded UTF-8"
        raise Invalid([Violation("", "query.malformed", message)]) from error
