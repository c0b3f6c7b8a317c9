"""The command tree, its help in the language of whoever calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer
from typer import rich_utils

from throughline_cli.catalogue import Texts
from throughline_cli.commands import (
    backup,
    bench,
    clock,
    dead_letters,
    demo,
    doctor,
    events,
    imports,
    leads,
    reconcile,
    reps,
    suite,
    tokens,
)

_GROUPS = (suite, tokens, demo, bench, leads, reps, imports, dead_letters, events, clock, doctor, reconcile, backup)


def command_tree(texts: Texts) -> Any:
    """The whole command, to be called with arguments."""
    app = typer.Typer(no_args_is_help=True, add_completion=False)
    app.callback()(_root)
    for group in _GROUPS:
        group.add_to(app)
    tree = typer.main.get_command(app)
    _speak(texts)
    for path, command in walk(tree):
        _explain(path, command, texts)
    return tree


def walk(command: Any, path: str = "throughline") -> Iterator[tuple[str, Any]]:
    """Every command and group with its path, for example `throughline leads list`."""
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from walk(inner, f"{path} {name}")


def keys_of(path: str, command: Any) -> Iterator[str]:
    """The keys of the texts that explain a command and its parameters.

    A parameter that means the same in many commands has its text under `option.<name>`.
    """
    yield f"help.{path.removeprefix('throughline').strip().replace(' ', '.') or 'root'}"
    for parameter in command.params:
        yield f"option.{parameter.name}"


def _root(
    context: typer.Context,
    lang: Annotated[str, typer.Option("--lang", metavar="LANG")] = "",
) -> None:
    """The root; its text is in the catalogue."""


def _explain(path: str, command: Any, texts: Texts) -> None:
    about, *parameters = keys_of(path, command)
    command.help = texts(about)
    command.short_help = texts(about).partition("\n")[0]
    for key, parameter in zip(parameters, command.params, strict=True):
        parameter.help = texts(key)


def _speak(texts: Texts) -> None:
    """The words around the help texts, which the library keeps as settings of its module."""
    rich_utils.ARGUMENTS_PANEL_TITLE = texts("help.title.arguments")
    rich_utils.OPTIONS_PANEL_TITLE = texts("help.title.options")
    rich_utils.COMMANDS_PANEL_TITLE = texts("help.title.commands")
    rich_utils.ERRORS_PANEL_TITLE = texts("help.title.error")
    rich_utils.ABORTED_TEXT = texts("help.aborted")
