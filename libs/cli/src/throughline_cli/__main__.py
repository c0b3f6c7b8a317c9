"""`throughline`: chooses the language, runs the command, and ends with the status that `failures` lists."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from throughline_cli.application import command_tree
from throughline_cli.catalogue import Texts, take_locale
from throughline_cli.failures import Exit, Failure
from throughline_cli.session import Session


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line and ends the process."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        locale, rest = take_locale(given, os.environ)
    except ValueError as error:
        sys.stderr.write(f"throughline: {error}\n")
        sys.exit(Exit.USAGE)
    session = Session(Texts(locale), os.environ, sys.stdout, sys.stderr, program=program_name(sys.argv[0]))
    sys.exit(run(rest, session))


def run(arguments: Sequence[str], session: Session) -> int:
    """Runs the command line in a session; gives the exit status."""
    as_json = "--json" in arguments
    with session.closing():
        try:
            command_tree(session.texts).main(args=list(arguments), prog_name="throughline", obj=session)
        except Failure as failure:
            return _tell(failure, session, as_json=as_json)
        except SystemExit as ended:  # how the library ends a command line, be it right or wrong
            return ended.code if isinstance(ended.code, int) else Exit.DONE
    return Exit.DONE


def program_name(called: str) -> str:
    """How to call the program again from here: by its name where that finds it, else by its path."""
    path = Path(called).absolute()
    found = shutil.which(path.name)
    if found is not None and Path(found).absolute() == path:
        return path.name
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _tell(failure: Failure, session: Session, *, as_json: bool) -> int:
    message = session.texts(failure.key, **failure.values)
    if as_json:
        session.screen.complain_json(failure.as_json(message))
    else:
        session.screen.complain(message, failure.details)
    return failure.exit_status


if __name__ == "__main__":
    main()
