from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.ids import new_id
from chassis.pages import Cursor, PageTokenInvalid, _filter_hash, cursor_of, size_of, token_after
from throughline.collab.v1.directory_service_pb2 import ListPeopleRequest, ListTeamsRequest

TEXT = st.characters(codec="utf-8", exclude_characters="\0")
A_TOKEN = token_after(ListPeopleRequest(role="rep"), key=("张",), id=new_id())


@given(key=st.lists(st.text(TEXT), max_size=3).map(tuple), row_id=st.uuids().map(str))
def test_a_token_leads_back_to_the_row_it_was_made_at(key: tuple[str, ...], row_id: str) -> None:
    token = token_after(ListPeopleRequest(role="rep", page_size=10), key=key, id=row_id)

    assert cursor_of(ListPeopleRequest(role="rep", page_size=99, page_token=token)) == Cursor(key, row_id)
    assert token.isascii()


@pytest.mark.parametrize(
    "request_",
    [
        ListPeopleRequest(role="supervisor", page_token=A_TOKEN),
        ListPeopleRequest(page_token=A_TOKEN),
        ListTeamsRequest(page_token=A_TOKEN),
    ],
)
def test_a_token_of_another_filter_or_list_is_refused(request_: ListPeopleRequest | ListTeamsRequest) -> None:
    with pytest.raises(PageTokenInvalid) as refusal:
        cursor_of(request_)

    assert refusal.value.violations[0].field == "page_token"


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"[1,2,3,4]", b'{"a":1}', b"nonsense", b'[1,"x",["a"],7]', b"\xff\xfe"]
)
def test_a_made_up_token_is_refused(content: bytes) -> None:
    token = urlsafe_b64encode(content).decode() or "="

    with pytest.raises(PageTokenInvalid):
        cursor_of(ListPeopleRequest(role="rep", page_token=token))


@pytest.mark.parametrize(
    ("key", "row_id"), [(("a",), "p1"), (("a",), ""), (("\0",), None), (("\ud800",), None), (("a", "\0b"), None)]
)
def test_a_token_that_holds_what_no_row_has_is_refused(key: tuple[str, ...], row_id: str | None) -> None:
    request = ListPeopleRequest()
    content = json.dumps([1, _filter_hash(request), key, new_id() if row_id is None else row_id])

    with pytest.raises(PageTokenInvalid):
        cursor_of(ListPeopleRequest(page_token=urlsafe_b64encode(content.encode()).decode()))


def test_what_rows_are_sorted_by_is_read_as_what_it_is() -> None:
    assert Cursor(("张",), new_id()).text == "张"
    assert Cursor(("2147483647",), new_id()).number(2**31 - 1) == 2**31 - 1
    assert Cursor(("2026-03-10T09:30:00+08:00",), new_id()).moment == datetime(2026, 3, 10, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("key", [(), ("1", "2"), ("-1",), ("1e9",), ("",), ("９",), (str(2**63),), ("9" * 5000,)])
def test_what_is_no_number_is_refused(key: tuple[str, ...]) -> None:
    with pytest.raises(PageTokenInvalid):
        Cursor(key, new_id()).number()


@pytest.mark.parametrize(
    "key", [(), ("x",), ("2026-03-10T09:30:00",), ("0001-01-01T00:00:00+14:00",), ("9999-12-31T23:59:59-14:00",)]
)
def test_what_is_no_moment_is_refused(key: tuple[str, ...]) -> None:
    with pytest.raises(PageTokenInvalid):
        _ = Cursor(key, new_id()).moment


@given(st.text(min_size=1))
def test_no_text_as_token_does_more_than_being_refused(text: str) -> None:
    with pytest.raises(PageTokenInvalid):
        cursor_of(ListPeopleRequest(page_token=text))


def test_the_first_page_needs_no_token_and_has_a_default_size() -> None:
    assert cursor_of(ListPeopleRequest()) is None
    assert size_of(ListPeopleRequest()) == 50
    assert size_of(ListPeopleRequest(page_size=7)) == 7
