from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.masking import masked_email, masked_name, masked_phone


@pytest.mark.parametrize(
    ("mask", "shown", "masked"),
    [
        (masked_name, "欧阳明月", "欧***"),
        (masked_phone, "+8613490001234", "**********1234"),
        (masked_email, "zhang@y.example", "***"),
    ],
    ids=["name", "phone", "email"],
)
def test_enough_is_left_to_tell_two_people_apart(mask: object, shown: str, masked: str) -> None:
    assert mask(shown) == masked  # type: ignore[operator]  # a parameter


@given(st.text(max_size=30))
def test_masks_keep_the_length_of_names_and_phones_and_nothing_is_masked_as_nothing(text: str) -> None:
    assert len(masked_name(text)) == len(masked_phone(text)) == len(text)
    assert masked_email("") == ""
