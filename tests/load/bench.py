"""Runs all measurements, one after another, each in a process of its own: `make bench`.

    python tests/load/bench.py [--json] [NAME …]

Each prints what it measured, the limit that it measured in the same run, and their ratio. One that cannot be taken here
says why. Exit status 1: a measurement failed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rich.console import Console

from load.measuring.figures import SKIPPED, show

HERE = Path(__file__).parent
NAMES = ("decide", "score", "matching", "submit", "stream", "live", "ingest", "lists", "search", "footprint", "signals")
_LIMIT_S = 3600


def main() -> int:
    """Reads the command line, runs what is asked, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; all when none is given")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of tables")
    given = parser.parse_args()
    if unknown := set(given.names) - set(NAMES):
        parser.error(f"no such measurement: {', '.join(sorted(unknown))}")
    console, reports, failed = Console(), {}, []
    for name in given.names or NAMES:
        report = _run(name)
        if report is None:
            failed.append(name)
        else:
            reports[name] = report
            if not given.json:
                show(console, report)
    if given.json:
        sys.stdout.write(json.dumps({"reports": reports, "failed": failed}, ensure_ascii=False, indent=1) + "\n")
    elif failed:
        console.print(f"failed: {', '.join(failed)}", style="red")
    return 1 if failed else 0


def _run(name: str) -> dict[str, Any] | None:
    """The report of one measurement; None where it failed, and its own words stand on the error stream."""
    command = [sys.executable, str(HERE / f"bench_{name}.py"), "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=_LIMIT_S, check=False)
    if done.returncode not in (0, SKIPPED):
        return None
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report


if __name__ == "__main__":
    sys.exit(main())
