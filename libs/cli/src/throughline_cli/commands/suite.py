"""`up`, `down`, `status`, `logs`: the embedded suite on this machine."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from embedded.credentials import CredentialsLost
from embedded.plan import SuiteStatus
from embedded.state import FolderUnusable
from embedded.suite import Suite, SuiteFailed
from throughline_cli.failures import Exit, Failure
from throughline_cli.options import AsJson
from throughline_cli.session import Session, session_of

_NAMES = Annotated[list[str] | None, typer.Argument(metavar="NAME")]


def add_to(app: typer.Typer) -> None:
    """Registers the commands."""
    app.command("up")(up)
    app.command("down")(down)
    app.command("status")(status)
    app.command("logs")(logs)


def up(
    context: typer.Context,
    *,
    as_json: AsJson = False,
    new_ports: Annotated[bool, typer.Option("--new-ports")] = False,
) -> None:
    session = session_of(context)
    if new_ports:
        session.suite.down()
        session.suite.forget_ports()
    started = bring_up(session, silent=as_json)
    session.screen.show(_as_json(started), lambda: _view(session, started), as_json=as_json)


def bring_up(session: Session, *, silent: bool) -> SuiteStatus:
    """Starts the suite unless it runs; shows each step.

    Raises:
        Failure: it did not come up.
    """
    with session.screen.progress(session.texts("up.starting"), None, silent=silent) as bar:
        try:
            return session.suite.up(lambda step: bar.to(0, text=f"{session.texts('up.starting')}: {step}"))
        except (SuiteFailed, FolderUnusable, CredentialsLost) as error:
            raise Failure("failure.suite", Exit.FAILED, {"cause": error}) from error


def down(context: typer.Context, *, as_json: AsJson = False) -> None:
    session = session_of(context)
    session.suite.down()
    now = session.suite.status()
    session.screen.show(_as_json(now), lambda: session.screen.say("down.done"), as_json=as_json)


def status(context: typer.Context, *, as_json: AsJson = False) -> None:
    session = session_of(context)
    now = session.suite.status()
    session.screen.show(_as_json(now), lambda: _view(session, now), as_json=as_json)
    if now.phase != "ready":
        raise typer.Exit(Exit.UNREACHABLE)


def logs(
    context: typer.Context,
    *,
    names: _NAMES = None,
    follow: Annotated[bool, typer.Option("--follow/--no-follow", "-f/-F")] = True,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, max=100_000)] = 20,
    as_json: AsJson = False,
) -> None:
    session = session_of(context)
    try:
        for line in _log_lines(session.suite, names or [], lines, follow=follow):
            if as_json:
                session.screen.json_line({"name": line[0], "text": line[1]})
            else:
                session.screen.line(f"{line[0]:12} {line[1]}")
    except LookupError as error:
        raise Failure("failure.no_log", Exit.NOT_FOUND, {"cause": error.args[0]}) from error


def _log_lines(suite: Suite, names: list[str], lines: int, *, follow: bool) -> Any:
    return ((line.name, line.text) for line in suite.logs(names, lines=lines, follow=follow))


def _as_json(status: SuiteStatus) -> dict[str, Any]:
    """Without the operator's secret."""
    return status.model_dump(mode="json", exclude={"endpoints": {"client_secret"}})


def _view(session: Session, status: SuiteStatus) -> None:
    screen, texts = session.screen, session.texts
    screen.say("status.phase", phase=texts.word("phase", status.phase), style="bold")
    if status.failure:
        screen.line(status.failure)
    if status.processes:
        columns = [texts(f"status.column.{name}") for name in ("name", "state", "pid", "address", "restarts", "note")]
        rows = [
            (
                process.name,
                texts.word("process", process.state),
                process.pid,
                process.address,
                process.restarts,
                process.note,
            )
            for process in status.processes
        ]
        screen.table(columns, rows, numbers=(2, 4))
    if status.phase == "ready" and status.endpoints.http:
        screen.say("status.open", url=status.endpoints.http)
