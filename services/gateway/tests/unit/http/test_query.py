"""The query of a request, however strange, is read or refused."""

from __future__ import annotations

import pytest

from chassis.errors import Invalid
from gateway.adapters.http.exchange import Exchange
from gateway.adapters.http.query import parameters


def an_exchange(query: str) -> Exchange:
    return Exchange.of({"method": "GET", "path": "/v1/leads", "query_string": query.encode(), "headers": []})


def test_pairs_come_in_their_order_repeated_and_empty_ones_too() -> None:
    assert parameters(an_exchange("a=1&b=&a=%E7%BA%BF")) == [("a", "1"), ("b", ""), ("a", "线")]
    assert parameters(an_exchange("")) == []


@pytest.mark.parametrize("query", ["word", "a=%FF", "&".join("a=1" for _ in range(201))])
def test_what_is_no_list_of_pairs_or_too_long_is_refused(query: str) -> None:
    with pytest.raises(Invalid):
        parameters(an_exchange(query))
