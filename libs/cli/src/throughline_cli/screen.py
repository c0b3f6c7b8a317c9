"""What a command shows: tables and facts for people, JSON for programs, progress on the error stream."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from throughline_cli.catalogue import Texts

_PIPE_WIDTH = 160
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def plain(value: object) -> str:
    """Text that can do nothing to a terminal: control characters and changes of direction show as `�`."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(value))


@dataclass(frozen=True, slots=True)
class Bar:
    """A progress bar that is on the screen."""

    progress: Progress
    task: TaskID
    say: Callable[[str], None]
    """For words that change, where there is no terminal to draw a bar on."""

    def to(self, done: float, *, of: float | None = None, text: str | None = None) -> None:
        """Sets how much is done, of how much, and the words beside it."""
        if text is not None and plain(text) != self.progress.tasks[self.task].description:
            self.say(plain(text))
        self.progress.update(self.task, completed=done, total=of, description=None if text is None else plain(text))


class Screen:
    """The two output streams of a command."""

    def __init__(self, texts: Texts, out: IO[str], err: IO[str]) -> None:
        self.texts = texts
        self._out = _console(out)
        self._err = _console(err)

    def show(self, value: Any, view: Callable[[], None], *, as_json: bool) -> None:
        """Shows a result: the value as JSON, or the view for people."""
        if as_json:
            self.json(value)
        else:
            view()

    def json(self, value: Any) -> None:
        """One JSON document, indented, with nothing else around it."""
        self._out.file.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")

    def json_line(self, value: Any) -> None:
        """One JSON document on one line, for output without an end."""
        self._out.file.write(json.dumps(value, ensure_ascii=False) + "\n")
        self._out.file.flush()

    def line(self, text: str = "", style: str = "") -> None:
        """One line, as it is."""
        self._out.print(Text(plain(text), style=style), soft_wrap=True)

    def say(self, key: str, /, style: str = "", **values: object) -> None:
        """One line out of the catalogue."""
        self.line(self.texts(key, **values), style)

    def note(self, key: str, /, **values: object) -> None:
        """A remark on the error stream, so that the output stays what was asked for."""
        self._note(self.texts(key, **values))

    def _note(self, text: str) -> None:
        self._err.print(Text(plain(text), style="dim"), soft_wrap=True)

    def complain(self, text: str, details: Iterable[str] = ()) -> None:
        """Says what went wrong, on the error stream."""
        self._err.print(Text(plain(text), style="bold red"), soft_wrap=True)
        for detail in details:
            self._err.print(Text(f"  · {plain(detail)}"), soft_wrap=True)

    def complain_json(self, value: Any) -> None:
        """The same for programs."""
        self._err.file.write(json.dumps(value, ensure_ascii=False) + "\n")

    def heading(self, text: str) -> None:
        """The title of a part."""
        self._out.print()
        self._out.print(Text(plain(text), style="bold cyan"), soft_wrap=True)

    def facts(self, facts: Sequence[tuple[str, object]]) -> None:
        """Names and values, one a line, in two columns."""
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(overflow="fold")
        for name, value in facts:
            grid.add_row(plain(name), plain(value))
        self._out.print(grid)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]], *, numbers: Iterable[int] = ()) -> None:
        """A table; the columns at the places `numbers` are set to the right."""
        right = set(numbers)
        table = Table(box=None, pad_edge=False, header_style="bold")
        for place, column in enumerate(columns):
            table.add_column(plain(column), justify="right" if place in right else "left", overflow="fold")
        for row in rows:
            table.add_row(*(plain("" if cell is None else cell) for cell in row))
        self._out.print(table)

    @contextmanager
    def progress(self, text: str, total: float | None, *, silent: bool = False) -> Iterator[Bar]:
        """A bar on the error stream while the block runs; without a terminal its words line by line.

        Nothing with `silent`.
        """
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        is_drawn = self._err.is_terminal and not silent
        with Progress(*columns, console=self._err, disable=not is_drawn) as progress:
            say = self._note if not (silent or is_drawn) else _nothing
            bar = Bar(progress, progress.add_task("", total=total), say)
            bar.to(0, text=text)
            yield bar


def _nothing(_: str) -> None:
    """The bar itself shows the words."""


def _console(stream: IO[str]) -> Console:
    """Marks in square brackets are text here, and nothing is coloured by guess."""
    console = Console(file=stream, markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = _PIPE_WIDTH
    return console
