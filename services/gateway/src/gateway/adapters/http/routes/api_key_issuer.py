"""The public keys of the issuer that stands behind API keys, for all services."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from gateway.issuer.api_key_issuer import PATH, ApiKeyIssuer

KEYS_PATH = f"{PATH}/.well-known/jwks.json"


def api_key_issuer_routes(issuer: ApiKeyIssuer) -> APIRouter:
    """The key set."""
    router = APIRouter()

    @router.get(KEYS_PATH)
    async def keys() -> JSONResponse:
        return JSONResponse(issuer.public_set, headers={"cache-control": "public, max-age=300"})

    return router
