"""A partner's system: streams leads to Throughline, sends again what may be sent again, and says what became of each.

Needs nothing of Throughline but its published stubs (`throughline-contracts`). Reads one lead a line, as JSON, from
files or standard input; writes one outcome a line. Running it again with the same leads changes nothing: that is also
how outcomes are looked up later.

| setting | meaning |
|---|---|
| `LEAD_ROUTER` | `host:port` of the lead router |
| `LEAD_ROUTER_CA` | file of the certificate authority; the system's own where not set; `plaintext` on one machine |
| `TOKEN_URL`, `CLIENT_ID`, `CLIENT_SECRET` | where tokens come from (OAuth 2.0 client credentials) |
| `TOKEN` | a token, instead of the three |
"""

from __future__ import annotations

import base64
import fileinput
import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, urlencode
from urllib.request import Request, urlopen

import grpc
from google.protobuf.json_format import ParseDict
from google.rpc import error_details_pb2, status_pb2

from throughline.lead_router.v1 import lead_pb2, lead_service_pb2, lead_service_pb2_grpc

DEADLINE_S = 30.0
ATTEMPTS = 6
CHUNK = 500
"""Leads to a stream: few enough that a broken one is soon sent again."""
REPEATABLE = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.RESOURCE_EXHAUSTED}
"""After these it is not known whether a lead was taken in. Each carries its key, so that none is taken in twice."""
OUTCOMES = lead_service_pb2.SubmissionOutcome


def main() -> int:
    """Sends all leads; 0 where none was refused."""
    refused = 0
    with open_channel() as channel, fileinput.input(encoding="utf-8") as lines:
        router = Router(lead_service_pb2_grpc.LeadServiceStub(channel), Tokens())
        leads = read_leads(lines)
        while chunk := list(islice(leads, CHUNK)):
            answer = repeated(partial(router.submit, chunk))
            refused += answer.rejected
            for lead in answer.leads:
                outcome = OUTCOMES.Name(lead.outcome).removeprefix("SUBMISSION_OUTCOME_")
                told = {"key": lead.request_id, "outcome": outcome, "lead_id": lead.lead_id, "why": lead.detail}
                sys.stdout.write(f"{json.dumps(told, ensure_ascii=False)}\n")
    return 1 if refused else 0


def read_leads(lines: Iterable[str]) -> Iterator[lead_service_pb2.SubmitLeadsRequest]:
    """Requests, each under its source and its id there: the key by which a repeat is known."""
    for line in filter(str.strip, lines):
        submission = ParseDict(json.loads(line), lead_pb2.LeadSubmission())
        key = f"{submission.origin.source}:{submission.origin.external_id}"
        yield lead_service_pb2.SubmitLeadsRequest(submission=submission, request_id=key)


@dataclass(frozen=True)
class Router:
    """The lead router, called with a token of ours."""

    stub: Any
    tokens: Tokens

    def submit(self, leads: Sequence[lead_service_pb2.SubmitLeadsRequest]) -> lead_service_pb2.SubmitLeadsResponse:
        """Streams leads; the answer has one outcome for each, in their order."""
        metadata = [("authorization", f"Bearer {self.tokens.current()}")]
        answer: lead_service_pb2.SubmitLeadsResponse = self.stub.SubmitLeads(
            iter(leads), timeout=DEADLINE_S, metadata=metadata
        )
        return answer


def repeated(
    call: Callable[[], lead_service_pb2.SubmitLeadsResponse],
) -> lead_service_pb2.SubmitLeadsResponse:
    """The answer of a call, made again where that may help: after as long as the server asks, else longer each time."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return call()
        except grpc.RpcError as error:
            sys.stderr.write(f"{explained(error)}\n")
            if error.code() not in REPEATABLE or attempt == ATTEMPTS:
                sys.exit(2)
            time.sleep(seconds_asked_for(error) or random.uniform(0, 0.2 * 2**attempt))
    raise AssertionError("the last attempt answers or ends the program")


def explained(error: Any) -> str:
    """Status, reason and every faulty field."""
    words = [f"{error.code().name}: {error.details()}"]
    words += [f"reason {info.reason}" for info in details_of(error, error_details_pb2.ErrorInfo)]
    for request in details_of(error, error_details_pb2.BadRequest):
        words += [f"{fault.field}: {fault.description}" for fault in request.field_violations]
    return "; ".join(words)


def seconds_asked_for(error: Any) -> float:
    """How long the server asks to wait; 0 where it says nothing."""
    asked = [info.retry_delay.ToMilliseconds() / 1000 for info in details_of(error, error_details_pb2.RetryInfo)]
    return max(asked, default=0.0)


def details_of(error: Any, kind: Any) -> list[Any]:
    """Details of one kind, out of the `google.rpc.Status` in the trailer."""
    packed = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b"")
    details = status_pb2.Status.FromString(packed).details
    return [kind.FromString(detail.value) for detail in details if detail.Is(kind.DESCRIPTOR)]


def open_channel() -> grpc.Channel:
    """One channel for all calls."""
    address, authority = os.environ["LEAD_ROUTER"], os.environ.get("LEAD_ROUTER_CA", "")
    if authority == "plaintext":
        return grpc.insecure_channel(address)
    roots = Path(authority).read_bytes() if authority else None
    return grpc.secure_channel(address, grpc.ssl_channel_credentials(roots))


class Tokens:
    """Access tokens, each used until shortly before its end."""

    def __init__(self) -> None:
        self._text = os.environ.get("TOKEN", "")
        self._good_until = float("inf") if self._text else 0.0

    def current(self) -> str:
        """A token that is good for half a minute at least."""
        if time.monotonic() > self._good_until - 30:
            pair = ":".join(quote_plus(os.environ[name]) for name in ("CLIENT_ID", "CLIENT_SECRET"))
            headers = {"authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
            form = urlencode({"grant_type": "client_credentials"}).encode()
            request = Request(os.environ["TOKEN_URL"], form, headers)  # noqa: S310 (an address of our own settings)
            with urlopen(request, timeout=DEADLINE_S) as answer:  # noqa: S310
                given = json.load(answer)
            self._text, self._good_until = given["access_token"], time.monotonic() + float(given["expires_in"])
        return self._text


if __name__ == "__main__":
    sys.exit(main())
