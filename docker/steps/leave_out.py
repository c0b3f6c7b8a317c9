"""`leave_out.py FOLDER LIST`: deletes from a folder what the patterns of a list match, and says how much that was."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path


def leave_out(folder: Path, patterns: str) -> int:
    """Deletes what the patterns match, one a line, `#` for remarks; returns the bytes that went.

    A pattern that matches nothing is no fault: not every service has every package.
    """
    lines = (line.strip() for line in patterns.splitlines())
    freed = 0
    for pattern in (line for line in lines if line and not line.startswith("#")):
        for path in sorted(folder.glob(pattern)):
            if path.is_dir():
                freed += sum(file.lstat().st_size for file in path.rglob("*") if file.is_file())
                shutil.rmtree(path)
            elif path.exists():
                freed += path.lstat().st_size
                path.unlink()
    return freed


if __name__ == "__main__":
    freed = leave_out(Path(sys.argv[1]), Path(sys.argv[2]).read_text())
    sys.stdout.write(f"left out: {freed / 1e6:.0f} MB\n")
