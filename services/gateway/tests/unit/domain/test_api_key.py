from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.ids import PersonId, TenantId, new_id
from gateway.domain.api_key import ApiKey, ApiKeyState, KeyText
from gateway.domain.ids import ApiKeyId

NOON = datetime(2026, 3, 10, 4, tzinfo=UTC)
A_KEY = KeyText.of(TenantId(new_id()), b"prefix", b"s" * 32)


def kept(key: KeyText) -> ApiKey:
    return ApiKey(
        id=ApiKeyId("k"),
        name="CRM",
        person_id=PersonId("p"),
        permissions=("lead.submit",),
        prefix=key.prefix,
        digest=key.digest,
        rate_per_s=50,
        created_by="person:p",
        created_at=NOON,
        expires_at=NOON + timedelta(days=1),
    )


@given(st.uuids(), st.binary(min_size=6, max_size=6), st.binary(min_size=32, max_size=32))
def test_a_key_says_where_its_row_is(tenant: object, prefix: bytes, secret: bytes) -> None:
    key = KeyText.of(TenantId(str(tenant)), prefix, secret)

    assert KeyText.parse(key.text) == key
    assert kept(key).is_that(key)


@pytest.mark.parametrize(
    "text", ["", "tlk_", "eyJ.e.s", A_KEY.text[:-1], A_KEY.text + "x", A_KEY.text.replace(".", ",")]
)
def test_what_is_no_key_is_not_read_as_one(text: str) -> None:
    assert KeyText.parse(text) is None


def test_a_key_with_another_secret_is_another_key() -> None:
    assert not kept(A_KEY).is_that(KeyText.of(A_KEY.tenant_id, b"prefix", b"t" * 32))


def test_a_key_is_good_until_its_time_is_over_or_somebody_ends_it() -> None:
    key = kept(A_KEY)

    assert key.state_at(NOON) is ApiKeyState.ACTIVE
    assert key.state_at(NOON + timedelta(days=1)) is ApiKeyState.EXPIRED
    assert key.revoked(NOON).state_at(NOON) is ApiKeyState.REVOKED
    assert key.revoked(NOON).revoked(NOON + timedelta(hours=1)).revoked_at == NOON
