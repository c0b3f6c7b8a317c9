"""Calls the gateway: one connection pool, one caller's token, retries that repeat nothing.

A command carries its `request_id` in the body, so that a repeat after a cut connection gets the first answer. Calls are
repeated while the suite is out of reach, busy, or still at work on the same request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from chassis.error_texts import Locale
from throughline_cli.failures import Exit, Failure, Problem

Json = dict[str, Any]
GiveToken = Callable[[], str]

_CONNECT_S = 5.0
_ANSWER_S = 60.0
PATIENCE_S = 30.0
_MOST_CONNECTIONS = 32
_PASSING_STATUSES = frozenset({429, 502, 503, 504})
_IN_FLIGHT = "IN_FLIGHT"
_PERSON_UNKNOWN = "PERSON_UNKNOWN"


class Unreachable(Failure):
    """Nothing answers at the gateway's address."""

    def __init__(self, url: str, cause: str) -> None:
        super().__init__("failure.unreachable", Exit.UNREACHABLE, {"url": url, "cause": cause})


def connect(url: str, locale: Locale, *, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """A pool of connections to a gateway. The proxy settings of the environment count only for addresses elsewhere.

    Args:
        transport: in place of the network, for tests.
    """
    is_here = httpx.URL(url).host in {"127.0.0.1", "localhost", "::1"}
    return httpx.Client(
        base_url=url,
        headers={"accept": "application/json", "accept-language": locale, "user-agent": "throughline-cli"},
        timeout=httpx.Timeout(_ANSWER_S, connect=_CONNECT_S),
        limits=httpx.Limits(max_connections=_MOST_CONNECTIONS, max_keepalive_connections=_MOST_CONNECTIONS),
        trust_env=not is_here,
        transport=transport,
    )


class Gateway:
    """The gateway as one caller sees it. May be used by several threads.

    Args:
        token: gives the caller's token, a valid one each time.
        patience_s: how long a call is repeated.
        awaits_people: whether to repeat calls also while the caller is not known everywhere yet.
    """

    def __init__(
        self, http: httpx.Client, token: GiveToken, *, patience_s: float = PATIENCE_S, awaits_people: bool = False
    ) -> None:
        self._http = http
        self._token = token
        self._patience_s = patience_s
        self._passing_reasons = frozenset({_IN_FLIGHT, *([_PERSON_UNKNOWN] if awaits_people else [])})

    def get(self, path: str, **parameters: object) -> Json:
        """Reads; parameters that are None or empty are left out.

        Raises:
            Problem: the suite refused.
            Unreachable: nothing answers.
        """
        return self._repeated(lambda: self._once("GET", path, parameters=_given(parameters)))

    def post(self, path: str, body: Mapping[str, Any], *, answer_s: float = _ANSWER_S) -> Json:
        """Sends a command; its body should carry a `request_id`. The answer may take `answer_s` seconds.

        Raises:
            Problem, Unreachable: as for `get`.
        """
        return self._repeated(lambda: self._once("POST", path, body=body, answer_s=answer_s))

    def put(self, path: str, body: Mapping[str, Any]) -> Json:
        """As `post`, for putting a resource."""
        return self._repeated(lambda: self._once("PUT", path, body=body))

    def post_once(self, path: str, body: Mapping[str, Any], *, answer_s: float) -> Json:
        """As `post`, for what must not be repeated and may take long."""
        return self._once("POST", path, body=body, answer_s=answer_s)

    def put_bytes(self, path: str, content: bytes) -> Json:
        """Sends the bytes of a file whole, to the path that its ticket gives. Repeated like the others: bytes that are
        there already are not written again."""
        return self._repeated(lambda: self._once("PUT", path, content=content))

    def pages(self, path: str, key: str, *, limit: int | None = None, **parameters: object) -> Iterator[Json]:
        """The items of a list, page by page, at most `limit` of them."""
        token = ""
        left = limit
        while left is None or left > 0:
            page = self.get(path, page_token=token, **parameters)
            items = page[key] if left is None else page[key][:left]
            yield from items
            token = page.get("next_page_token") or ""
            left = None if left is None else left - len(items)
            if not token:
                return

    def _repeated(self, call: Callable[[], Json]) -> Json:
        calls = Retrying(
            retry=retry_if_exception(self._may_pass), stop=stop_after_delay(self._patience_s), wait=_wait, reraise=True
        )
        return calls(call)

    def _once(
        self,
        method: str,
        path: str,
        *,
        parameters: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        answer_s: float = _ANSWER_S,
    ) -> Json:
        headers = {"authorization": f"Bearer {self._token()}"}
        timeout = httpx.Timeout(answer_s, connect=_CONNECT_S)
        try:
            response = self._http.request(
                method, path, params=parameters, json=body, content=content, headers=headers, timeout=timeout
            )
        except httpx.TransportError as error:
            raise Unreachable(str(self._http.base_url), type(error).__name__) from error
        if not response.is_success:
            raise Problem.of(response)
        answer: Json = response.json()
        return answer

    def _may_pass(self, error: BaseException) -> bool:
        """A connection that was refused at once is no passing fault: the suite is down."""
        if isinstance(error, Unreachable):
            return not isinstance(error.__cause__, httpx.ConnectError)
        return isinstance(error, Problem) and (
            error.status in _PASSING_STATUSES or error.reason in self._passing_reasons
        )


def _given(parameters: Mapping[str, object]) -> dict[str, Any]:
    named = {name: value for name, value in parameters.items() if value not in (None, "", [], ())}
    return {name: str(value).lower() if isinstance(value, bool) else value for name, value in named.items()}


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, Problem) and error.retry_after_s:
        return error.retry_after_s
    return float(wait_random_exponential(multiplier=0.1, max=3)(state))
