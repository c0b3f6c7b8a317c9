"""Where the suite is, and who calls it: the settings of the environment, else the embedded suite of the data folder.

| setting | meaning |
|---|---|
| `THROUGHLINE_URL` | address of a gateway elsewhere; the embedded suite when not set |
| `THROUGHLINE_TOKEN` | token to call it with; `--as` and `--tenant` do not count then |
| `THROUGHLINE_CLIENT_SECRET` | secret of a gateway's built-in issuer, which then gives the tokens; development only |
| `THROUGHLINE_CLIENT_ID` | whom it belongs to; `operator` when not set |
| `THROUGHLINE_DATA_DIR` | data folder of the embedded suite; `.var` in the checkout when not set |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from embedded.plan import Endpoints
from embedded.services import OPERATOR, TOKEN_PATH
from embedded.state import DataFolder, read_json, write_json
from embedded.suite import Suite
from throughline_cli.failures import Exit, Failure

URL_SETTING = "THROUGHLINE_URL"
TOKEN_SETTING = "THROUGHLINE_TOKEN"  # noqa: S105 (the name of a setting)
CLIENT_ID_SETTING = "THROUGHLINE_CLIENT_ID"
CLIENT_SECRET_SETTING = "THROUGHLINE_CLIENT_SECRET"  # noqa: S105 (the name of a setting)
_CALLER_FILE = "caller.json"


@dataclass(frozen=True, slots=True)
class Target:
    """The gateway that commands talk to.

    Attributes:
        url: without a slash at the end.
        token: that was given by hand; empty where the embedded issuer gives them.
        token_url, client_id, client_secret: of the operator, where the built-in issuer gives tokens.
    """

    url: str
    token: str = ""
    token_url: str = ""
    client_id: str = ""
    client_secret: str = ""

    @classmethod
    def find(cls, environment: Mapping[str, str], suite: Suite) -> Target:
        """The gateway that the environment names, else that of the embedded suite.

        Raises:
            Failure: there is neither.
        """
        token = environment.get(TOKEN_SETTING, "")
        if url := environment.get(URL_SETTING):
            base = url.rstrip("/")
            secret = environment.get(CLIENT_SECRET_SETTING, "")
            client = environment.get(CLIENT_ID_SETTING, OPERATOR)
            return cls(base, token, f"{base}{TOKEN_PATH}", client, secret)
        endpoints = suite.endpoints()
        if not endpoints.http:
            raise Failure("failure.never_started", Exit.UNREACHABLE)
        return cls.of(endpoints, token)

    @classmethod
    def of(cls, endpoints: Endpoints, token: str = "") -> Target:
        """The gateway of an embedded suite."""
        return cls(endpoints.http.rstrip("/"), token, endpoints.token_url, endpoints.client_id, endpoints.client_secret)


@dataclass(frozen=True, slots=True)
class Caller:
    """A person as the issuer knows them."""

    tenant_id: str
    subject: str


class KnownCaller:
    """The person that commands are called as when nobody is named: the administrator of the tenant made last."""

    def __init__(self, folder: DataFolder) -> None:
        self._file = folder.path / _CALLER_FILE

    def read(self) -> Caller | None:
        """The person; None before a tenant was made from here."""
        kept = read_json(self._file)
        return Caller(str(kept["tenant_id"]), str(kept["subject"])) if kept else None

    def keep(self, caller: Caller) -> None:
        """From now on it is this one."""
        write_json(self._file, {"tenant_id": caller.tenant_id, "subject": caller.subject})
