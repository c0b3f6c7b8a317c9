from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey

from chassis.errors import Unauthenticated, Unreachable
from chassis.identity import TokenVerifier
from chassis.ids import new_id
from chassis.jwks import LEAST_PAUSE_S, MAX_AGE_S

from ..tokens import TENANT, TestIssuer, http_of

_A_DAY_S = 86_400
"""Longer than any run: cases are made when tests are collected."""


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def a_verifier(*issuers: TestIssuer, clock: Clock | None = None) -> TokenVerifier:
    return TokenVerifier([issuer.settings for issuer in issuers], http_of(*issuers), clock=clock or Clock())


def by_hand(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


async def test_a_persons_token_says_who_of_which_tenant_until_when() -> None:
    issuer = TestIssuer("idp")

    verified = await a_verifier(issuer).verify(issuer.token())

    assert (verified.subject, verified.tenant_id, verified.roles) == ("u-1", TENANT, frozenset())
    assert not verified.is_service
    assert 590 < verified.expires_at.timestamp() - time.time() <= 600


async def test_a_token_may_be_narrowed_to_permissions_and_stand_for_an_api_key() -> None:
    issuer = TestIssuer("idp")

    verified = await a_verifier(issuer).verify(issuer.token(permissions=["lead.read"], api_key="k1"))

    assert (verified.permissions, verified.api_key_id) == (frozenset({"lead.read"}), "k1")
    assert (await a_verifier(issuer).verify(issuer.token())).permissions is None
    with pytest.raises(Unauthenticated):
        await a_verifier(issuer).verify(issuer.token(permissions="lead.read"))


@pytest.mark.parametrize(
    ("alg", "key"),
    [
        ("ES256", ECKey.generate_key("P-256", {"kid": "k1"})),
        ("RS256", RSAKey.generate_key(2048, {"kid": "k1"})),
        ("Ed25519", OKPKey.generate_key("Ed25519", {"kid": "k1"})),
    ],
)
async def test_the_three_accepted_algorithms_verify(alg: str, key: ECKey | RSAKey | OKPKey) -> None:
    issuer = TestIssuer("idp", keys={"k1": key})

    assert (await a_verifier(issuer).verify(issuer.token(alg=alg))).subject == "u-1"


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"},
        {"aud": ["another", "more"]},
        {"aud": None},
        {"iss": "elsewhere"},
        {"iss": None},
        {"exp": int(time.time()) - 60},
        {"exp": None},
        {"exp": "never"},
        {"nbf": int(time.time()) + _A_DAY_S},
        {"iat": int(time.time()) + _A_DAY_S},
        {"iat": None},
        {"sub": None},
        {"sub": 7},
        {"sub": ""},
        {"tenant": None},
        {"tenant": "acme"},
        {"tenant": ["x"]},
    ],
    ids=",".join,
)
async def test_a_claim_that_is_wrong_or_missing_is_refused(claims: dict[str, Any]) -> None:
    issuer = TestIssuer("idp")

    with pytest.raises(Unauthenticated):
        await a_verifier(issuer).verify(issuer.token(**claims))


async def test_an_audience_may_be_one_of_several() -> None:
    issuer = TestIssuer("idp")

    assert (await a_verifier(issuer).verify(issuer.token(aud=["throughline", "other"]))).subject


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", None])
async def test_an_unsigned_token_is_refused(alg: str | None) -> None:
    issuer = TestIssuer("idp")
    header = {"alg": alg, "kid": "k1"}

    for signature in (b"", b"x"):
        with pytest.raises(Unauthenticated):
            await a_verifier(issuer).verify(by_hand(header, issuer.claims(), signature))


@pytest.mark.parametrize("form", ["pem", "der", "jwk"])
@pytest.mark.parametrize("alg", ["HS256", "HS512"])
async def test_a_public_key_used_as_a_shared_secret_is_refused(alg: str, form: str) -> None:
    key = RSAKey.generate_key(2048, {"kid": "k1"})
    issuer = TestIssuer("idp", keys={"k1": key})
    secrets = {
        "pem": key.as_pem(private=False),
        "der": key.as_der(private=False),
        "jwk": json.dumps(key.as_dict(private=False)).encode(),
    }
    unsigned = by_hand({"alg": alg, "kid": "k1"}, issuer.claims()).rsplit(".", 1)[0]
    digest = hashlib.sha256 if alg == "HS256" else hashlib.sha512
    signature = hmac.digest(secrets[form], unsigned.encode(), digest)
    forged = f"{unsigned}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"

    with pytest.raises(Unauthenticated):
        await a_verifier(issuer).verify(forged)


async def test_a_symmetric_key_in_the_published_set_counts_for_nothing() -> None:
    secret = b"sixteen bytes ok sixteen bytes ok"
    issuer = TestIssuer("idp")
    issuer.extra_keys = [{"kty": "oct", "kid": "shared", "k": base64.urlsafe_b64encode(secret).decode().rstrip("=")}]
    unsigned = by_hand({"alg": "HS256", "kid": "shared"}, issuer.claims()).rsplit(".", 1)[0]
    signature = base64.urlsafe_b64encode(hmac.digest(secret, unsigned.encode(), "sha256")).rstrip(b"=").decode()

    with pytest.raises(Unauthenticated):
        await a_verifier(issuer).verify(f"{unsigned}.{signature}")
    assert (await a_verifier(issuer).verify(issuer.token())).subject


async def test_a_token_of_a_strangers_key_under_a_known_kid_is_refused() -> None:
    issuer, stranger = TestIssuer("idp"), TestIssuer("idp")

    with pytest.raises(Unauthenticated, match="signature is wrong"):
        await a_verifier(issuer).verify(stranger.token())


@pytest.mark.parametrize(
    "header",
    [
        {"jku": "https://evil.example/jwks"},
        {"x5u": "https://evil.example/cert"},
        {"jwk": ECKey.generate_key("P-256", {"kid": "k1"}).as_dict(private=False)},
        {"x5c": ["MIIB"]},
    ],
    ids=lambda header: next(iter(header)),
)
async def test_a_key_that_the_token_brings_along_is_not_looked_at(header: dict[str, Any]) -> None:
    issuer = TestIssuer("idp")
    evil = ECKey.import_key(header["jwk"]) if "jwk" in header else ECKey.generate_key("P-256", {"kid": "k1"})
    forger = TestIssuer("idp", keys={"k1": ECKey.generate_key("P-256", {"kid": "k1"})})
    assert evil.kid == "k1"

    with pytest.raises(Unauthenticated):
        await a_verifier(issuer).verify(forger.token(header=header))

    assert issuer.fetches == 1


@pytest.mark.parametrize("kid", ["k2", "../../etc/passwd", "k1' or '1'='1", ""])
async def test_an_unknown_kid_is_refused_after_one_look_at_the_issuer(kid: str) -> None:
    issuer, clock = TestIssuer("idp"), Clock()
    forger = TestIssuer("idp", keys={kid: ECKey.generate_key("P-256", {"kid": kid})})
    verifier = a_verifier(issuer, clock=clock)
    await verifier.verify(issuer.token())
    clock.now += LEAST_PAUSE_S + 1

    for _ in range(5):
        with pytest.raises(Unauthenticated):
            await verifier.verify(forger.token(kid=kid))

    assert issuer.fetches == 2


@pytest.mark.parametrize("header", [{"alg": "ES256"}, {"alg": "ES256", "kid": 7}, {"alg": ["ES256"], "kid": "k1"}])
async def test_a_header_without_a_proper_kid_and_algorithm_is_refused(header: dict[str, Any]) -> None:
    issuer = TestIssuer("idp")

    with pytest.raises(Unauthenticated):
        await a_verifier(issuer).verify(by_hand(header, issuer.claims(), b"x" * 64))


async def test_an_accepted_algorithm_with_a_key_of_another_kind_is_refused() -> None:
    issuer = TestIssuer("idp", keys={"k1": RSAKey.generate_key(2048, {"kid": "k1"})})
    signed = by_hand({"alg": "ES256", "kid": "k1"}, issuer.claims(), b"x" * 64)

    with pytest.raises(Unauthenticated):
        await a_verifier(issuer).verify(signed)


async def test_an_algorithm_that_is_not_pinned_is_refused_even_with_a_good_signature() -> None:
    issuer = TestIssuer("idp", keys={"k1": ECKey.generate_key("P-384", {"kid": "k1"})})

    with pytest.raises(Unauthenticated):
        await a_verifier(issuer).verify(issuer.token(alg="ES384"))


async def test_header_fields_of_the_provider_are_ignored() -> None:
    issuer = TestIssuer("idp")

    assert (await a_verifier(issuer).verify(issuer.token(header={"x-limit": 1}))).subject == "u-1"


async def test_critical_extensions_that_we_do_not_know_are_refused() -> None:
    issuer = TestIssuer("idp")
    token = issuer.token(header={"crit": ["x-limit"], "x-limit": 1})

    with pytest.raises(Unauthenticated, match="does not verify"):
        await a_verifier(issuer).verify(token)


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a.b.c", "a.b", "e30.e30.e30.e30.e30", "é.é.é", "W10.W10.x", "x" * 9000, "\ud800.a.b"]
)
async def test_nonsense_is_refused(token: str) -> None:
    with pytest.raises(Unauthenticated):
        await a_verifier(TestIssuer("idp")).verify(token)


async def test_a_deeply_nested_token_is_refused() -> None:
    deep = base64.urlsafe_b64encode(b"[" * 5900).decode().rstrip("=")

    with pytest.raises(Unauthenticated):
        await a_verifier(TestIssuer("idp")).verify(f"{deep}.e30.x")


async def test_a_refusal_shows_nothing_of_the_token() -> None:
    issuer = TestIssuer("idp")

    for claim in ("aud", "iss", "tenant"):
        token = issuer.token(**{claim: "canary-7"})  # type: ignore[arg-type]  # fields by name
        with pytest.raises(Unauthenticated) as refusal:
            await a_verifier(issuer).verify(token)
        assert "canary-7" not in str(refusal.value)


async def test_only_the_first_issuer_for_services_may_name_a_service() -> None:
    gateway, second = TestIssuer("gateway", services=True), TestIssuer("second", services=True)
    company = TestIssuer("company")
    verifier = a_verifier(company, gateway, second)

    service = await verifier.verify(gateway.token(sub="service:pipeline", tenant=None))
    operator = await verifier.verify(gateway.token(sub="service:operator", tenant=None))

    assert (service.roles, service.tenant_id, service.is_service) == (frozenset({"service"}), None, True)
    assert operator.roles == {"operator"}
    for other in (company, second):
        for sub in ("service:pipeline", "service:operator"):
            with pytest.raises(Unauthenticated, match="may not name services"):
                await verifier.verify(other.token(sub=sub, tenant=TENANT))


async def test_an_issuer_of_one_company_may_not_name_people_of_another() -> None:
    issuer = TestIssuer("company", tenants=(TENANT,))
    verifier = a_verifier(issuer)

    assert (await verifier.verify(issuer.token())).subject
    with pytest.raises(Unauthenticated, match="of that tenant"):
        await verifier.verify(issuer.token(tenant=new_id()))


async def test_a_token_of_one_issuer_is_not_verified_by_the_keys_of_another() -> None:
    first, second = TestIssuer("first"), TestIssuer("second")

    with pytest.raises(Unauthenticated):
        await a_verifier(first, second).verify(first.token(iss="second"))


async def test_a_rotated_key_is_found_and_the_old_one_is_gone_with_its_age() -> None:
    issuer, clock = TestIssuer("idp"), Clock()
    verifier = a_verifier(issuer, clock=clock)
    old = issuer.token()
    await verifier.verify(old)
    issuer.keys = {"k2": ECKey.generate_key("P-256", {"kid": "k2"})}
    clock.now += LEAST_PAUSE_S + 1

    assert (await verifier.verify(issuer.token(kid="k2"))).subject

    issuer_of_old = TestIssuer("idp", keys={"k1": ECKey.generate_key("P-256", {"kid": "k1"})})
    with pytest.raises(Unauthenticated):
        await verifier.verify(issuer_of_old.token())
    assert issuer.fetches == 2


async def test_keys_are_fetched_again_when_they_are_five_minutes_old() -> None:
    issuer, clock = TestIssuer("idp"), Clock()
    verifier = a_verifier(issuer, clock=clock)
    await verifier.verify(issuer.token(sub="a"))
    clock.now += MAX_AGE_S - 1
    await verifier.verify(issuer.token(sub="b"))

    clock.now += 2
    await verifier.verify(issuer.token(sub="c"))

    assert issuer.fetches == 2


async def test_an_issuer_that_does_not_answer_is_unreachable_and_its_old_keys_serve_on() -> None:
    issuer, clock = TestIssuer("idp", is_down=True), Clock()
    verifier = a_verifier(issuer, clock=clock)
    for _ in range(3):
        with pytest.raises(Unreachable):
            await verifier.verify(issuer.token())
    assert issuer.fetches == 1

    issuer.is_down = False
    clock.now += 2
    await verifier.verify(issuer.token())
    issuer.is_down = True
    clock.now += MAX_AGE_S + 1

    assert (await verifier.verify(issuer.token(sub="later"))).subject


async def test_a_verified_token_is_remembered_until_it_expires() -> None:
    issuer = TestIssuer("idp")
    now = time.time()
    times = [now]
    verifier = TokenVerifier([issuer.settings], http_of(issuer), now=lambda: times[0])
    token = issuer.token()
    assert await verifier.verify(token) is await verifier.verify(token)

    times[0] = now + 700

    with pytest.raises(Unauthenticated, match="expired"):
        await verifier.verify(token)


async def test_a_remembered_token_ends_with_the_key_that_signed_it() -> None:
    issuer, clock = TestIssuer("idp"), Clock()
    verifier = a_verifier(issuer, clock=clock)
    token = issuer.token()
    await verifier.verify(token)
    issuer.keys = {"k2": ECKey.generate_key("P-256", {"kid": "k2"})}

    clock.now += MAX_AGE_S + 1

    with pytest.raises(Unauthenticated):
        await verifier.verify(token)


async def test_a_remembered_token_outlives_a_rotation_that_keeps_its_key() -> None:
    issuer, clock = TestIssuer("idp"), Clock()
    verifier = a_verifier(issuer, clock=clock)
    token = issuer.token()
    await verifier.verify(token)
    issuer.keys |= {"k2": ECKey.generate_key("P-256", {"kid": "k2"})}

    clock.now += MAX_AGE_S + 1

    assert (await verifier.verify(token)).subject
    assert issuer.fetches == 2
