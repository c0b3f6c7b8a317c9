"""Parts of a content in HTTP."""

from __future__ import annotations

import pytest

from gateway.domain.byte_ranges import Part, asked_part, sent_part


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ("bytes 0-9/10", Part(0, 10)),
        ("bytes 4-9/*", Part(4, 10)),
        ("bytes 4-9/11", None),
        ("bytes 4-10/10", None),
        ("bytes 5-4/10", None),
        ("bytes 0-9", None),
    ],
)
def test_what_is_sent_lies_within_the_file(said: str, part: Part | None) -> None:
    assert sent_part(said, 10) == part


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("", None),
        ("bytes=0-3", Part(0, 4)),
        ("bytes=4-", Part(4, 10)),
        ("bytes=-3", Part(7, 10)),
        ("bytes=-30", Part(0, 10)),
        ("bytes=8-99", Part(8, 10)),
        ("bytes=0-1,4-5", None),
        ("bytes=5-2", None),
        ("lines=1-2", None),
    ],
)
def test_what_is_asked_for_is_cut_to_the_content(asked: str, part: Part | None) -> None:
    assert asked_part(asked, 10) == part


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=99-100", "bytes=-0"])
def test_what_lies_outside_of_the_content_cannot_be_sent(asked: str) -> None:
    with pytest.raises(ValueError, match="outside"):
        asked_part(asked, 10)
