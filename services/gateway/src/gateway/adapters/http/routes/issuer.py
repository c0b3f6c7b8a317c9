"""The built-in issuer over HTTP: discovery, keys, tokens. Answers as RFC 6749 has it, not as problems."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote_plus

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from gateway.adapters.http.bodies import read_body
from gateway.adapters.http.exchange import SCOPE_KEY, Exchange
from gateway.issuer.issuer import LIFE_S, BuiltInIssuer, TokenRefused
from gateway.issuer.signing_key import ALGORITHM

KEYS_PATH = "/.well-known/jwks.json"
TOKEN_PATH = "/oauth/token"  # noqa: S105  # a path
PERSON_TOKEN_PATH = "/oauth/token:person"  # noqa: S105  # a path

_FORM_TYPE = "application/x-www-form-urlencoded"
_LARGEST_FORM = 8192


def issuer_routes(issuer: BuiltInIssuer) -> APIRouter:
    """Discovery, key set, and the two ways to a token."""
    router = APIRouter()

    @router.get("/.well-known/openid-configuration")
    async def configuration() -> JSONResponse:
        return JSONResponse(_configuration(issuer.url), headers={"cache-control": "public, max-age=300"})

    @router.get(KEYS_PATH)
    async def keys() -> JSONResponse:
        return JSONResponse(issuer.key.public_set, headers={"cache-control": "public, max-age=300"})

    @router.post(TOKEN_PATH)
    async def token(request: Request) -> JSONResponse:
        def give(form: dict[str, str], client: tuple[str, str]) -> str:
            if form.get("grant_type") != "client_credentials":
                raise TokenRefused("unsupported_grant_type", "grant_type must be client_credentials")
            return issuer.for_client(*client)

        return await _answer(request, give)

    @router.post(PERSON_TOKEN_PATH)
    async def person_token(request: Request) -> JSONResponse:
        def give(form: dict[str, str], client: tuple[str, str]) -> str:
            return issuer.for_person(*client, form.get("tenant_id", ""), form.get("subject", ""))

        return await _answer(request, give)

    return router


async def _answer(request: Request, give: Callable[[dict[str, str], tuple[str, str]], str]) -> JSONResponse:
    exchange: Exchange = request.scope[SCOPE_KEY]
    try:
        form = await _form(exchange, request)
        granted = give(form, _client(exchange, form))
    except TokenRefused as refusal:
        is_client = refusal.code == "invalid_client"
        headers = {"www-authenticate": 'Basic realm="throughline"'} if is_client else {}
        document = {"error": refusal.code, "error_description": refusal.description}
        return JSONResponse(document, 401 if is_client else 400, headers)
    return JSONResponse({"access_token": granted, "token_type": "Bearer", "expires_in": LIFE_S})


async def _form(exchange: Exchange, request: Request) -> dict[str, str]:
    if exchange.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM_TYPE:
        raise TokenRefused("invalid_request", f"the body must be {_FORM_TYPE}")
    body = await read_body(exchange.headers, request.receive, _LARGEST_FORM)
    try:
        fields = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=20, errors="strict")
    except ValueError as error:
        raise TokenRefused("invalid_request", "the body is no form") from error
    if any(len(values) > 1 for values in fields.values()):
        raise TokenRefused("invalid_request", "a parameter stands twice")
    return {name: values[0] for name, values in fields.items()}


def _client(exchange: Exchange, form: dict[str, str]) -> tuple[str, str]:
    """Id and secret, by HTTP Basic or in the form (RFC 6749, section 2.3.1)."""
    scheme, _, encoded = exchange.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        client_id, _, secret = base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError) as error:
        raise TokenRefused("invalid_client", "the credentials cannot be read") from error
    return unquote_plus(client_id), unquote_plus(secret)


def _configuration(url: str) -> dict[str, Any]:
    return {
        "issuer": url,
        "jwks_uri": f"{url}{KEYS_PATH}",
        "token_endpoint": f"{url}{TOKEN_PATH}",
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "response_types_supported": [],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
    }
