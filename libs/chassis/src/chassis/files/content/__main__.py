"""`python -m chassis.files.content FOLDER`: checks `FOLDER/source` and writes the verdict to standard output as JSON.

A hostile file may break whatever opens it, so this process has nothing worth stealing, and little memory and time.
"""

import json
import resource
import sys
from pathlib import Path

from chassis.files.content.found import ContentRefused, Workplace
from chassis.files.content.opening import opened
from chassis.files.file import Refusal

MEMORY_BYTES = 1536 * 1024 * 1024
"""Of address space, the libraries' own included."""
CPU_S = 60
WRITTEN_BYTES = 512 * 1024 * 1024
_OPEN_FILES = 64


def main(folder: Path) -> int:
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_FSIZE, WRITTEN_BYTES),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    try:
        found = opened(Workplace(folder / "source", folder / "kept", folder / "thumbnail"))
    except ContentRefused as refused:
        verdict: dict[str, object] = {"refusal": refused.refusal.value}
    except (MemoryError, RecursionError):
        verdict = {"refusal": Refusal.CHECK_EXHAUSTED.value}
    else:
        verdict = {
            "content_type": found.content_type,
            "is_rewritten": found.is_rewritten,
            "has_thumbnail": found.has_thumbnail,
        }
    json.dump(verdict, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
