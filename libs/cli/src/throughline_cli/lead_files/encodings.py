"""Which encoding a text is in: UTF-8 where it is valid UTF-8, else GB 18030, as many Chinese programs save it."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from throughline_cli.lead_files.faults import FileRefused

AUTO: Final = "auto"
_CANDIDATES: Final = ("utf-8-sig", "gb18030")
_UTF_16_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class EncodingGuess:
    """Takes the chunks of a text one after another and keeps the encodings that can still be right."""

    def __init__(self, path: Path, stated: str = AUTO) -> None:
        self._path = path
        names = _CANDIDATES if stated == AUTO else (stated,)
        self._decoders = {name: codecs.getincrementaldecoder(name)("strict") for name in names}
        self._is_first = True

    def feed(self, chunk: bytes, *, final: bool = False) -> None:
        """Looks at the next chunk.

        Raises:
            FileRefused: UTF_16, NOT_TEXT (zero bytes), ENCODING_UNKNOWN.
        """
        if self._is_first and chunk.startswith(_UTF_16_MARKS):
            raise FileRefused("UTF_16", self._path)
        if b"\x00" in chunk:
            raise FileRefused("NOT_TEXT", self._path)
        self._is_first = self._is_first and not chunk
        for name, decoder in list(self._decoders.items()):
            try:
                decoder.decode(chunk, final)
            except UnicodeDecodeError:
                del self._decoders[name]
        if not self._decoders:
            raise FileRefused("ENCODING_UNKNOWN", self._path)

    @property
    def best(self) -> str:
        """The first candidate that fits all that was fed."""
        return next(iter(self._decoders))


def encoding_of(chunks: Iterable[bytes], path: Path, stated: str = AUTO) -> str:
    """The encoding of a whole text, as a Python codec.

    Raises:
        FileRefused: as `EncodingGuess.feed`; with a stated encoding, ENCODING_UNKNOWN when the text is not in it.
    """
    guess = EncodingGuess(path, stated)
    for chunk in chunks:
        guess.feed(chunk)
    guess.feed(b"", final=True)
    return guess.best
