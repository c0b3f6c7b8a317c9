from __future__ import annotations

from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.pages import Cursor, PageTokenInvalid, cursor_of, size_of, token_after
from throughline.collab.v1.directory_service_pb2 import ListPeopleRequest, ListTeamsRequest

A_TOKEN = token_after(ListPeopleRequest(role="rep"), key=("张",), id="p1")


@given(key=st.lists(st.text(), max_size=3).map(tuple), row_id=st.text())
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


@given(st.text(min_size=1))
def test_no_text_as_token_does_more_than_being_refused(text: str) -> None:
    with pytest.raises(PageTokenInvalid):
        cursor_of(ListPeopleRequest(page_token=text))


def test_the_first_page_needs_no_token_and_has_a_default_size() -> None:
    assert cursor_of(ListPeopleRequest()) is None
    assert size_of(ListPeopleRequest()) == 50
    assert size_of(ListPeopleRequest(page_size=7)) == 7
