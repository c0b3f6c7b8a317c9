"""`python -m embedded supervise <data folder>`: started by `Suite.up`, not by people."""

from __future__ import annotations

import sys
from pathlib import Path

from embedded.supervisor import supervise


def main(arguments: list[str]) -> int:
    """Gives the exit status: 0 after SIGTERM, 1 after a failed start, 2 for bad arguments, 3 when one runs already."""
    match arguments:
        case ["supervise", folder]:
            return supervise(Path(folder))
        case _:
            sys.stderr.write(f"{__doc__}\n")
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
