"""Refuses tracked files that tie the repository to one machine or one package index. Run by `make lint`."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent

# Put together from pieces, so that this file does not find itself.
INDEX_HOSTS = ("pypi" + ".org", "pythonhosted" + ".org", "registry." + "npmjs", "repo." + "maven", "proxy." + "golang")
INDEX_ADDRESS = re.compile("|".join(re.escape(host) for host in INDEX_HOSTS) + r"|https?://[^\s\"']*/simple\b")
MACHINE_PATH = re.compile(r"(?<![\w.$}/-])/(?:work|root|farm|home/[a-z]+)/[\w.]")
ADDRESS = re.compile(r"https?://")
LOCKS = re.compile(r"(^|/)([^/]*\.lock|[^/]*requirements[^/]*\.txt|package-lock\.json)$")
IMAGE_FILES = "docker/"  # an image is a machine of our own making, so its paths are ours to name


def main() -> int:
    faults = [fault for name in _tracked_files() for fault in faults_of(name)]
    print("\n".join(faults) or "tracked files: nothing that ties them to a machine or a package index")
    return 1 if faults else 0


def _tracked_files() -> list[str]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
    return [name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()]


def faults_of(name: str) -> Iterator[str]:
    """One line for each thing that is wrong in the file, which is named relative to the repository."""
    path = PurePosixPath(name)
    if path.name == "uv.lock":
        yield f"{name}: records the addresses of a package index; requirements.lock is the lock"
        return
    if path.name == "__init__.py" and "tests" in path.parts[1:]:
        yield f"{name}: test folders of members are no packages, else equal names in two of them clash"
    try:
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        return  # an image or an archive holds no text to check
    is_lock = LOCKS.search(name) is not None
    for number, line in enumerate(lines, start=1):
        if INDEX_ADDRESS.search(line):
            yield f"{name}:{number}: names a package index: {line.strip()[:100]}"
        elif is_lock and ADDRESS.search(line):
            yield f"{name}:{number}: a lock names an address: {line.strip()[:100]}"
        if not name.startswith(IMAGE_FILES) and MACHINE_PATH.search(line):
            yield f"{name}:{number}: names a path of one machine: {line.strip()[:100]}"


if __name__ == "__main__":
    sys.exit(main())
