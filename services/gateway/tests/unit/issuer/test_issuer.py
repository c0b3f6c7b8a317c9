"""The built-in issuer: whom it gives tokens, and that the suite's own verifier takes them."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from chassis.identity import TokenVerifier
from chassis.ids import new_id
from chassis.settings import Issuer
from gateway.adapters.http.app import application
from gateway.adapters.http.front import Front
from gateway.adapters.http.rate_limits import RateLimits, Rates
from gateway.adapters.http.routes.issuer import issuer_routes
from gateway.issuer.issuer import BuiltInIssuer, TokenRefused
from gateway.issuer.signing_key import KeyUnusable, SigningKey

from ...asgi import Client
from ...suite_double import PLENTY, SECRET, TABLE, an_issuer, http_of

TENANT = new_id()
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def issuer() -> BuiltInIssuer:
    return an_issuer()


def a_verifier(issuer: BuiltInIssuer) -> TokenVerifier:
    trusted = Issuer(issuer=issuer.url, jwks_url=f"{issuer.url}/jwks", services=True)
    return TokenVerifier([trusted], http_of(issuer))


def client_of(issuer: BuiltInIssuer) -> Client:
    async def never(*_: Any) -> None:
        raise AssertionError

    routes = application(TABLE, never, [issuer_routes(issuer)])  # type: ignore[arg-type]  # a double
    return Client(Front(routes, a_verifier(issuer), RateLimits(Rates(PLENTY, PLENTY, PLENTY))))


def basic(client_id: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


async def test_a_services_token_is_taken_by_every_service(issuer: BuiltInIssuer) -> None:
    verified = await a_verifier(issuer).verify(issuer.for_client("lead-router", SECRET))

    assert (verified.subject, verified.tenant_id) == ("service:lead-router", None)
    assert verified.roles == {"service"}


async def test_the_operator_is_told_from_a_service(issuer: BuiltInIssuer) -> None:
    verified = await a_verifier(issuer).verify(issuer.for_client("operator", SECRET))

    assert verified.roles == {"operator"}


async def test_a_persons_token_names_the_tenant(issuer: BuiltInIssuer) -> None:
    verified = await a_verifier(issuer).verify(issuer.for_person("operator", SECRET, TENANT, "zhang.wei"))

    assert (verified.subject, verified.tenant_id) == ("zhang.wei", TENANT)


@pytest.mark.parametrize(
    ("client_id", "secret"), [("lead-router", "wrong"), ("nobody", SECRET), ("", ""), ("gateway", "")]
)
def test_wrong_credentials_get_no_token(issuer: BuiltInIssuer, client_id: str, secret: str) -> None:
    with pytest.raises(TokenRefused) as caught:
        issuer.for_client(client_id, secret)

    assert caught.value.code == "invalid_client"


@pytest.mark.parametrize(
    ("client_id", "tenant_id", "subject", "code"),
    [
        ("lead-router", TENANT, "zhang.wei", "unauthorized_client"),
        ("operator", "acme", "zhang.wei", "invalid_request"),
        ("operator", TENANT, "", "invalid_request"),
        ("operator", TENANT, "service:collab", "invalid_request"),
        ("operator", TENANT, "x" * 201, "invalid_request"),
    ],
)
def test_a_persons_token_is_given_to_the_operator_alone_and_for_people_only(
    issuer: BuiltInIssuer, client_id: str, tenant_id: str, subject: str, code: str
) -> None:
    with pytest.raises(TokenRefused) as caught:
        issuer.for_person(client_id, SECRET, tenant_id, subject)

    assert caught.value.code == code


def test_a_key_is_read_from_pem_and_named_by_its_thumbprint(tmp_path: Path) -> None:
    key = ECKey.generate_key("P-256", private=True)
    path = tmp_path / "key.pem"
    path.write_bytes(key.as_pem(private=True))

    read = SigningKey.read(path)

    assert read.key_id == key.thumbprint()
    assert read.public_set["keys"][0]["kid"] == key.thumbprint()
    assert "d" not in read.public_set["keys"][0]


def test_of_several_keys_the_first_signs_and_all_are_shown(tmp_path: Path) -> None:
    old, new = (ECKey.generate_key("P-256", private=True) for _ in range(2))
    path = tmp_path / "keys.pem"
    path.write_bytes(b"# of this year\n" + new.as_pem(private=True) + old.as_pem(private=True))

    read = SigningKey.read(path)
    by_old, by_new = SigningKey.of(old).sign({"sub": "anna"}), read.sign({"sub": "anna"})

    public: Any = read.public_set
    shown = KeySet.import_key_set(public)
    assert [key.kid for key in shown.keys] == [new.thumbprint(), old.thumbprint()]
    assert jwt.decode(by_new, shown, algorithms=["ES256"]).header["kid"] == new.thumbprint()
    assert jwt.decode(by_old, shown, algorithms=["ES256"]).claims == {"sub": "anna"}
    assert not [key for key in shown.keys if key.is_private]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nonsense",
        ECKey.generate_key("P-384", private=True).as_pem(private=True),
        ECKey.generate_key("P-256", private=True).as_pem(private=False),
        RSAKey.generate_key(2048, private=True).as_pem(private=True),
    ],
)
def test_another_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(content)

    with pytest.raises(KeyUnusable):
        SigningKey.read(path)


async def test_a_token_is_given_over_http_by_basic_and_by_form(issuer: BuiltInIssuer) -> None:
    client = client_of(issuer)
    body = b"grant_type=client_credentials"

    by_basic = await client.send(
        "POST", "/oauth/token", body=body, content_type=FORM, authorization=basic("collab", "")
    )
    right = await client.send(
        "POST", "/oauth/token", body=body, content_type=FORM, authorization=basic("gateway", SECRET)
    )
    by_form = await client.send(
        "POST", "/oauth/token", body=body + b"&client_id=gateway&client_secret=for-tests", content_type=FORM
    )

    assert (by_basic.status, by_basic.json["error"]) == (401, "invalid_client")
    assert (right.status, right.json["token_type"], right.json["expires_in"]) == (200, "Bearer", 3600)
    assert (await a_verifier(issuer).verify(by_form.json["access_token"])).subject == "service:gateway"
    assert right.headers["cache-control"] == "no-store"


async def test_a_persons_token_is_given_over_http(issuer: BuiltInIssuer) -> None:
    answer = await client_of(issuer).send(
        "POST",
        "/oauth/token:person",
        body=f"tenant_id={TENANT}&subject=zhang.wei".encode(),
        content_type=FORM,
        authorization=basic("operator", SECRET),
    )

    assert (await a_verifier(issuer).verify(answer.json["access_token"])).subject == "zhang.wei"


@pytest.mark.parametrize(
    ("body", "kind", "authorization", "error"),
    [
        (b"grant_type=password", FORM, basic("gateway", SECRET), "unsupported_grant_type"),
        (b"grant_type=client_credentials&grant_type=x", FORM, basic("gateway", SECRET), "invalid_request"),
        (b"{}", "application/json", basic("gateway", SECRET), "invalid_request"),
        (b"\xff", FORM, basic("gateway", SECRET), "invalid_request"),
        (b"grant_type=client_credentials", FORM, "Basic !", "invalid_client"),
    ],
)
async def test_bad_requests_are_answered_as_oauth_has_it(
    issuer: BuiltInIssuer, body: bytes, kind: str, authorization: str, error: str
) -> None:
    answer = await client_of(issuer).send(
        "POST", "/oauth/token", body=body, content_type=kind, authorization=authorization
    )

    assert answer.json["error"] == error


async def test_discovery_names_the_keys_by_which_tokens_verify(issuer: BuiltInIssuer) -> None:
    client = client_of(issuer)

    discovered = await client.send("GET", "/.well-known/openid-configuration")
    keys = await client.send("GET", "/.well-known/jwks.json")

    assert discovered.json["issuer"] == issuer.url
    assert httpx.URL(discovered.json["jwks_uri"]).path.endswith("/.well-known/jwks.json")
    assert keys.json == issuer.key.public_set
