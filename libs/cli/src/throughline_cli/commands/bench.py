"""`bench`: runs the measurements of the checkout, `tests/load/<name>.py`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from throughline_cli.failures import Exit, Failure
from throughline_cli.options import AsJson
from throughline_cli.session import session_of

_DEFAULT = "bench"
_Rest = Annotated[list[str] | None, typer.Argument(metavar="ARGUMENT")]


def add_to(app: typer.Typer) -> None:
    """Registers the command; what follows the name goes to the measurement as it is."""
    app.command("bench", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})(bench)


def bench(
    context: typer.Context,
    *,
    name: Annotated[str, typer.Argument(metavar="NAME")] = _DEFAULT,
    arguments: _Rest = None,
    list_only: Annotated[bool, typer.Option("--list")] = False,
    as_json: AsJson = False,
) -> None:
    session = session_of(context)
    scripts = measurements()
    if list_only:
        session.screen.show(sorted(scripts), lambda: session.screen.line("\n".join(sorted(scripts))), as_json=as_json)
        return
    if name not in scripts:
        known = ", ".join(sorted(scripts)) or "-"
        raise Failure("failure.no_bench", Exit.NOT_FOUND, {"name": name, "known": known})
    given = [*(arguments or []), *(["--json"] if as_json else [])]
    ended = subprocess.run([sys.executable, str(scripts[name]), *given], check=False)
    raise typer.Exit(ended.returncode)


def measurements() -> dict[str, Path]:
    """The scripts by name; none outside a checkout."""
    for folder in Path(__file__).resolve().parents:
        if (found := folder / "tests" / "load").is_dir():
            return {path.stem: path for path in found.glob("[a-z]*.py") if not path.stem.startswith("test_")}
    return {}
