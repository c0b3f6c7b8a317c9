"""Runs the command against a gateway in memory."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chassis.error_texts import Locale
from throughline_cli.__main__ import run
from throughline_cli.catalogue import Texts
from throughline_cli.session import Session

from .fake_gateway import URL, FakeGateway

_TOKEN = {"THROUGHLINE_URL": URL, "THROUGHLINE_TOKEN": "given by hand"}


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on the output stream."""
        return json.loads(self.out)


class CommandLine:
    """The command as somebody with a token would run it."""

    def __init__(self, folder: Path, gateway: FakeGateway | None = None) -> None:
        self.folder = folder
        self.gateway = gateway or FakeGateway()

    def __call__(
        self, *arguments: object, locale: Locale = "en", environment: Mapping[str, str] | None = None
    ) -> Ended:
        out, err = io.StringIO(), io.StringIO()
        session = Session(
            Texts(locale),
            _TOKEN if environment is None else environment,
            out,
            err,
            location=self.folder / "data",
            transport=self.gateway.transport,
        )
        status = run([str(argument) for argument in arguments], session)
        return Ended(status, out.getvalue(), err.getvalue())
