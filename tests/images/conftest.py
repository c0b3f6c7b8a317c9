"""The images that `make images` has built, each looked into once."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import container_engine
import pytest
from build_images import BUDGETS_MB, REPORTS, name_of

from .image import Image

_LARGEST_TEXT = 1_000_000


@pytest.fixture(scope="session", params=sorted(BUDGETS_MB))
def image(request: pytest.FixtureRequest) -> Image:
    service = str(request.param)
    name = name_of(service)
    if (about := container_engine.inspected(name)) is None:
        pytest.fail(f"there is no image {name}; run `make images`")
    files, texts = _content(name)
    components = json.loads(Path(REPORTS / f"{service}.cdx.json").read_text())
    return Image(service, name, about, files, texts, components)


def _content(name: str) -> tuple[dict[str, tarfile.TarInfo], dict[str, bytes]]:
    files, texts = {}, {}
    with container_engine.files_of(name) as archive:
        for member in archive:
            if member.isdir():
                continue
            files[member.name] = member
            if member.isfile() and member.size < _LARGEST_TEXT and not member.name.endswith((".pyc", ".so")):
                content = archive.extractfile(member)
                texts[member.name] = content.read() if content is not None else b""
    return files, texts
