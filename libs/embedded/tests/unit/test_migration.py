from __future__ import annotations

from pathlib import Path

from embedded.migration import digest


def test_the_same_sources_have_the_same_digest(tmp_path: Path) -> None:
    (tmp_path / "0001_expand.py").write_text("revision = 1", encoding="utf-8")

    assert digest([tmp_path]) == digest([tmp_path])


def test_a_new_changed_or_renamed_migration_changes_the_digest(tmp_path: Path) -> None:
    first = tmp_path / "0001_expand.py"
    first.write_text("revision = 1", encoding="utf-8")
    seen = [digest([tmp_path])]

    (tmp_path / "0002_expand.py").write_text("revision = 2", encoding="utf-8")
    seen.append(digest([tmp_path]))
    first.write_text("revision = 3", encoding="utf-8")
    seen.append(digest([tmp_path]))
    first.rename(tmp_path / "0003_expand.py")
    seen.append(digest([tmp_path]))

    assert len(set(seen)) == 4


def test_compiled_files_do_not_count(tmp_path: Path) -> None:
    before = digest([tmp_path])
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "x.pyc").write_bytes(b"x")

    assert digest([tmp_path]) == before
