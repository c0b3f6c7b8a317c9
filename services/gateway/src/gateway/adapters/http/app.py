"""The HTTP application: the contracts' routes first, those written by hand behind them."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError

from chassis.errors import Invalid, ThroughlineError, Violation
from gateway.adapters.http.exchange import SCOPE_KEY, Exchange, Scope
from gateway.adapters.http.front import Application, Receive, Send
from gateway.adapters.http.problem import problem_of
from gateway.adapters.http.transcoder import Transcoder
from gateway.errors import MethodNotAllowed, NoSuchAddress
from gateway.transcoding.faults import path_text
from gateway.transcoding.routes import RouteTable


def application(table: RouteTable, transcoder: Transcoder, routers: Sequence[APIRouter]) -> Application:
    """Everything behind the front: what the contracts route goes to the transcoder, the rest to the routers."""
    by_hand = _by_hand(routers)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope[SCOPE_KEY]
        match = table.match(exchange.method, exchange.raw_path)
        if match is None:
            await by_hand(scope, receive, send)
            route = scope.get("route")
            exchange.route = getattr(route, "path", "")
        elif match.found is None:
            raise MethodNotAllowed(match.allowed | ({"HEAD"} if "GET" in match.allowed else set()))
        else:
            await transcoder(exchange, match.found, match.values, receive, send)

    return serve


def _by_hand(routers: Sequence[APIRouter]) -> FastAPI:
    app = FastAPI(
        openapi_url=None,
        redirect_slashes=False,
        # The front has a span and a metric for every exchange; FastAPI's own would show half of them twice.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        exception_handlers={
            ThroughlineError: _as_problem,
            404: _as_problem,
            405: _as_problem,
            RequestValidationError: _as_problem,
            Exception: _as_problem,
        },
    )
    for router in routers:
        app.include_router(router)
    return app


async def _as_problem(request: Request, error: Exception) -> Response:
    exchange: Exchange = request.scope[SCOPE_KEY]
    problem = problem_of(
        _translated(error, exchange),
        exchange.locale,
        instance=exchange.raw_path,
        trace_id=exchange.trace_id,
        has_token=bool(exchange.token),
    )
    return Response(problem.body, problem.status, problem.headers)


def _translated(error: Exception, exchange: Exchange) -> Exception:
    """What the framework says in its own words, in ours."""
    if isinstance(error, RequestValidationError):
        return Invalid(
            [Violation(path_text(fault["loc"][1:]), fault["type"], fault["msg"]) for fault in error.errors()]
        )
    status = getattr(error, "status_code", None)
    if status == 405:
        allowed = str((getattr(error, "headers", None) or {}).get("Allow", ""))
        return MethodNotAllowed(filter(None, allowed.replace(",", " ").split()))
    return NoSuchAddress(exchange.raw_path) if status == 404 else error
