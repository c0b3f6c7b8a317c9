"""A partner's system, from the published stubs alone: the example of `docs/partners/` sends leads over gRPC."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from .command_line import CommandLine

pytestmark = [pytest.mark.xdist_group("end_to_end"), pytest.mark.timeout(900)]

_PARTNERS = Path(__file__).resolve().parents[2] / "docs" / "partners"
_SUBJECT = "partner-system"
_STUBS_ALONE = """
import importlib.abc, runpy, sys

class StubsAlone(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"chassis", "embedded", "throughline_cli", "lead_router", "gateway", "matching"}:
            raise ImportError(f"{name} is not published")

sys.meta_path.insert(0, StubsAlone())
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture(scope="module")
def partner(throughline: CommandLine) -> Iterator[dict[str, str]]:
    """Settings of a system that has an account in the company, and a provider that gives it tokens."""
    throughline("demo", "--leads", "600", "--days", "2")
    team = throughline.get("/v1/teams")["teams"][0]["name"]
    account = {
        "employee_no": "SYS-1",
        "name": "合作伙伴系统",
        "subject": _SUBJECT,
        "team": team,
        "roles": ["integration"],
    }
    throughline.post("/v1/directory:import", {"people": [account]}, subject="demo-admin")
    token = throughline("token", "--as", _SUBJECT).strip()

    class Provider(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            is_known = (
                self.headers["authorization"] == "Basic cGFydG5lcjpzJTJGY3JldA=="
            )  # partner:s/cret, RFC 6749 2.3.1
            body = json.dumps({"access_token": token, "expires_in": 3600}).encode() if is_known else b""
            self.send_response(200 if is_known else 401)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: Any) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Provider) as provider:
        threading.Thread(target=provider.serve_forever, daemon=True).start()
        yield {
            "LEAD_ROUTER": throughline.json("status")["endpoints"]["grpc"]["lead-router"],
            "LEAD_ROUTER_CA": "plaintext",
            "TOKEN_URL": f"http://127.0.0.1:{provider.server_port}/token",
            "CLIENT_ID": "partner",
            "CLIENT_SECRET": "s/cret",
        }
        provider.shutdown()


def _send(settings: dict[str, str], file: Path) -> tuple[int, list[dict[str, str]], str]:
    command = [sys.executable, "-c", _STUBS_ALONE, str(_PARTNERS / "send_leads.py"), str(file)]
    environment = {"PATH": os.environ["PATH"], **settings}
    sent = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    return sent.returncode, [json.loads(line) for line in sent.stdout.splitlines()], sent.stderr


def test_each_lead_has_its_outcome_and_sending_them_again_changes_nothing(
    partner: dict[str, str], throughline: CommandLine
) -> None:
    code, outcomes, said = _send(partner, _PARTNERS / "leads.jsonl")
    received = throughline.get("/v1/leads:conservation")["received"]
    again = _send(partner, _PARTNERS / "leads.jsonl")

    assert [lead["outcome"] for lead in outcomes] == ["CREATED", "CREATED", "JOINED", "REJECTED"], said
    assert outcomes[0]["lead_id"] == outcomes[2]["lead_id"]
    assert "origin.source" in outcomes[3]["why"]
    assert (code, again) == (1, (1, outcomes, ""))
    assert throughline.get("/v1/leads:conservation")["received"] == received


def test_a_partner_may_send_leads_and_see_nothing(partner: dict[str, str], throughline: CommandLine) -> None:
    refused = throughline.answer("GET", "/v1/leads", subject=_SUBJECT)

    assert (refused.status_code, refused.json()["reason"]) == (403, "FORBIDDEN")


def test_a_refusal_names_its_reason_and_is_not_repeated(partner: dict[str, str]) -> None:
    code, outcomes, said = _send(partner | {"TOKEN": "forged"}, _PARTNERS / "leads.jsonl")

    assert (code, outcomes) == (2, [])
    assert said.count("\n") == 1
    assert "UNAUTHENTICATED" in said
