"""What a content is found to be, whatever it is called."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from chassis.files.content.found import ContentRefused, Found, Workplace
from chassis.files.content.opening import opened
from chassis.files.file import Refusal
from chassis.files.inspector import judged_in, sweep_folders

from ..contents import WORD, a_huge_png, a_package, a_pdf, a_photo

OOXML = "application/vnd.openxmlformats-officedocument."


def find(folder: Path, content: bytes) -> Found | Refusal:
    place = Workplace(folder / "source", folder / "kept", folder / "thumbnail")
    place.source.write_bytes(content)
    try:
        return opened(place)
    except ContentRefused as refused:
        return refused.refusal


def with_script(document: pikepdf.Pdf) -> None:
    document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")


def with_attachment(document: pikepdf.Pdf) -> None:
    document.attachments["tool.exe"] = b"MZ"


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        pytest.param(a_photo(), "image/jpeg", id="jpeg"),
        pytest.param(a_photo(form="PNG"), "image/png", id="png"),
        pytest.param(a_photo(form="WEBP"), "image/webp", id="webp"),
        pytest.param(a_pdf(), "application/pdf", id="pdf"),
        pytest.param(a_package(), f"{OOXML}wordprocessingml.document", id="docx"),
        pytest.param(a_package({**WORD, "xl/media/a": b""}), f"{OOXML}wordprocessingml.document", id="docx with more"),
        pytest.param("客户,金额\n华东,12.5\n".encode(), "text/plain", id="csv"),
    ],
)
def test_a_good_content_is_taken_as_what_it_is(tmp_path: Path, content: bytes, content_type: str) -> None:
    found = find(tmp_path, content)

    assert isinstance(found, Found)
    assert found.content_type == content_type


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        pytest.param(b"", Refusal.EMPTY, id="nothing"),
        pytest.param(b"MZ\x90\x00\x03", Refusal.TYPE_NOT_ALLOWED, id="program"),
        pytest.param(b"<html><script>alert(1)</script>", Refusal.TYPE_NOT_ALLOWED, id="page"),
        pytest.param("客户".encode("gbk") * 99, Refusal.TYPE_NOT_ALLOWED, id="text of another encoding"),
        pytest.param(b"\xff\xd8\xff\xe0 not a photo at all", Refusal.DAMAGED, id="photo by its first bytes only"),
        pytest.param(a_photo()[:-400], Refusal.DAMAGED, id="photo cut short"),
        pytest.param(a_huge_png(), Refusal.TOO_MUCH_INSIDE, id="900 million pixels"),
        pytest.param(a_pdf()[:-300], Refusal.DAMAGED, id="pdf cut short"),
        pytest.param(a_pdf() + a_package(), Refusal.POLYGLOT, id="pdf that is a package, too"),
        pytest.param(a_pdf(with_script), Refusal.ACTIVE_CONTENT, id="pdf with a script"),
        pytest.param(a_pdf(with_attachment), Refusal.ACTIVE_CONTENT, id="pdf with a program in it"),
        pytest.param(a_package({"a.txt": b"a"}), Refusal.TYPE_NOT_ALLOWED, id="plain archive"),
        pytest.param(a_package({**WORD, "../../etc/cron.d/x": b"*"}), Refusal.UNSAFE_PATH, id="path upwards"),
        pytest.param(a_package({**WORD, "/etc/x": b"*"}), Refusal.UNSAFE_PATH, id="path from the root"),
        pytest.param(a_package({**WORD, "word/vbaProject.bin": b"*"}), Refusal.ACTIVE_CONTENT, id="macros"),
        pytest.param(a_package({**WORD, "xl/workbook.xml": b""}), Refusal.POLYGLOT, id="two documents in one"),
        pytest.param(a_package({**WORD, "word/media/a": bytes(30_000_000)}), Refusal.TOO_MUCH_INSIDE, id="zip bomb"),
        pytest.param(a_package() + b"#!/bin/sh", Refusal.POLYGLOT, id="package with something behind it"),
        pytest.param(b"PK\x03\x04" + b"\0" * 60 + a_package(), Refusal.POLYGLOT, id="package behind something"),
    ],
)
def test_a_content_that_is_not_taken_is_refused_with_the_reason(
    tmp_path: Path, content: bytes, refusal: Refusal
) -> None:
    assert find(tmp_path, content) is refusal


def test_a_photo_is_kept_without_its_place_and_its_tail_and_with_a_thumbnail(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"  # the place where it was taken
    photo = a_photo(exif=exif) + a_package()

    found = find(tmp_path, photo)

    assert isinstance(found, Found)
    kept = (tmp_path / "kept").read_bytes()
    assert b"PK\x03\x04" not in kept
    with Image.open(io.BytesIO(kept)) as image, Image.open(tmp_path / "thumbnail") as thumbnail:
        assert not image.getexif()
        assert max(thumbnail.size) == 320


@given(content=st.binary(max_size=300), head=st.sampled_from([b"", b"%PDF-1.7\n", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n"]))
def test_whatever_is_sent_there_is_a_verdict(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, head: bytes
) -> None:
    folder = tmp_path_factory.mktemp("any")

    assert isinstance(find(folder, head + content), Found | Refusal)


async def test_the_child_tells_type_hash_and_size(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(a_pdf())

    judged = await judged_in(tmp_path)

    assert judged.verdict.content_type == "application/pdf"
    assert judged.verdict.size == len(a_pdf())
    assert len(judged.verdict.sha256) == 64


def test_folders_that_killed_checks_have_left_are_swept_and_those_in_use_stay(tmp_path: Path) -> None:
    for name in ("throughline-file-old", "throughline-file-new", "another"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "source").write_bytes(b"content")
    for name in ("throughline-file-old", "another"):
        os.utime(tmp_path / name, (1_000, 1_000))

    sweep_folders(tmp_path, before=2_000)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["another", "throughline-file-new"]
