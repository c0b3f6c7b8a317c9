"""A token issuer for tests: real ES256 keys and signatures, its key set and its token endpoint on a local HTTP port.

```python
with TokenIssuer.start() as issuer:
    settings = Settings.load({..., "COLLAB_ISSUERS": issuer.setting, "COLLAB_TOKEN_URL": issuer.token_url})
    call = stub.GetMe(GetMeRequest(), metadata=issuer.person_metadata("zhang.wei", tenant_id))
```

The fixture `token_issuer` gives one for the whole run. It says what it is told to: it knows no people, and every client
id with any secret gets a token of the service of that name.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

Metadata = tuple[tuple[str, str], ...]
"""Metadata of a gRPC call."""

_AUDIENCE = "throughline"
_JWKS, _TOKEN = "/.well-known/jwks.json", "/token"
_LIFE_S = 600


@dataclass
class TokenIssuer:
    """Signs by the newest of its keys. `start` serves it over HTTP; without that it only signs."""

    issuer: str = "https://issuer.test"
    """`iss` of its tokens; the address at which it is served, once it is."""
    keys: list[ECKey] = field(default_factory=lambda: [_new_key(1)])

    @classmethod
    @contextmanager
    def start(cls) -> Iterator[Self]:
        """An issuer on a free port of 127.0.0.1, served by a thread until the block ends."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        issuer = cls(f"http://127.0.0.1:{server.server_port}")
        server.issuer = issuer  # type: ignore[attr-defined]  # how the handler finds it
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield issuer
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    @property
    def jwks_url(self) -> str:
        """Where its public keys are."""
        return self.issuer + _JWKS

    @property
    def token_url(self) -> str:
        """Where services get tokens by the client-credentials grant."""
        return self.issuer + _TOKEN

    @property
    def setting(self) -> str:
        """The value of a service's setting ISSUERS that trusts it, for people and for services."""
        return json.dumps([{"issuer": self.issuer, "jwks_url": self.jwks_url, "services": True}])

    def person(self, subject: str, tenant_id: str, **claims: Any) -> str:
        """A token of a person; whether the tenant has one of that subject is the directory's business."""
        return self.sign(sub=subject, tenant=tenant_id, **claims)

    def service(self, name: str, **claims: Any) -> str:
        """A token of one of our services, for example `lead-router`."""
        return self.sign(sub=f"service:{name}", **claims)

    def operator(self, **claims: Any) -> str:
        """A token of the platform's operator."""
        return self.service("operator", **claims)

    def sign(self, **claims: Any) -> str:
        """A token with these claims over the usual ones, valid for ten minutes; a claim given as None is left out."""
        now = int(time.time())
        usual = {"iss": self.issuer, "aud": _AUDIENCE, "iat": now, "exp": now + _LIFE_S}
        said = {name: value for name, value in {**usual, **claims}.items() if value is not None}
        key = self.keys[-1]
        return jwt.encode({"alg": "ES256", "kid": key.kid}, said, key)

    def rotate(self) -> None:
        """Signs by a new key from now on; the old ones stay published, so their tokens stay good.

        A verifier that has just fetched the keys fetches them again only after a pause (`chassis.jwks`).
        """
        self.keys.append(_new_key(len(self.keys) + 1))

    def key_set(self) -> dict[str, Any]:
        """Its public keys (RFC 7517)."""
        return dict(KeySet(list(self.keys)).as_dict(private=False))

    def person_metadata(self, subject: str, tenant_id: str, *, language: str = "") -> Metadata:
        """Metadata of a person's call.

        Args:
            subject: how the issuer calls the person.
            tenant_id: the person's tenant.
            language: an `Accept-Language`; empty for none.
        """
        return _metadata(self.person(subject, tenant_id), **{"accept-language": language})

    def service_metadata(self, name: str, tenant_id: str = "") -> Metadata:
        """Metadata of a service's call, on behalf of a tenant where one is given."""
        return _metadata(self.service(name), **{"x-tenant": tenant_id})

    def operator_metadata(self, tenant_id: str = "") -> Metadata:
        """Metadata of the operator's call."""
        return self.service_metadata("operator", tenant_id)


def _new_key(number: int) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": f"test-{number}"})


def _metadata(token: str, **more: str) -> Metadata:
    return (("authorization", f"Bearer {token}"), *((name, value) for name, value in more.items() if value))


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == _JWKS:
            self._answer(200, self._issuer.key_set())
        else:
            self._answer(404, {"error": "not_found"})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        scheme, _, credentials = self.headers.get("Authorization", "").partition(" ")
        if self.path != _TOKEN or scheme != "Basic":
            self._answer(401, {"error": "invalid_client"})
            return
        client_id = base64.b64decode(credentials).decode().partition(":")[0]
        token = self._issuer.service(client_id)
        self._answer(200, {"access_token": token, "token_type": "Bearer", "expires_in": _LIFE_S})

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: a test's output is its own."""

    @property
    def _issuer(self) -> TokenIssuer:
        issuer: TokenIssuer = self.server.issuer  # type: ignore[attr-defined]  # set by `start`
        return issuer

    def _answer(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
