"""What of the lock goes into an image: `pins.py LOCK --packages NAME...`, `pins.py LOCK --service FOLDER`.

Prints one requirement a line, `name==version`, with the lock's marker where it has one. `pins.py --wheels FOLDER
WHEELS...` prints the paths of the wheels of a member and of the members that it needs.

A member's folder lies in its workspace, `services/pipeline`, whose libraries are in `libs`. Standard library only, as
it runs before anything is installed.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

OURS = "throughline-"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_EXTRA = re.compile(r"^[A-Za-z0-9._-]+(\[[^\]]+\])")


class NotLocked(LookupError):
    """The lock does not hold a package that is asked for."""


def pins(lock: str, requirements: Iterable[str]) -> list[str]:
    """The lock's lines for requirements such as `sqlalchemy[asyncio]>=2.1`, without their hashes.

    Raises:
        NotLocked: names all that the lock does not hold.
    """
    locked = {_canonical(line): line.removesuffix("\\").strip() for line in lock.splitlines() if _NAME.match(line)}
    wanted = {_canonical(requirement): requirement for requirement in requirements}
    if missing := sorted(set(wanted) - set(locked)):
        raise NotLocked(f"requirements.lock has no {', '.join(missing)}; run `make lock`")
    return [_with_extra(locked[name], requirement) for name, requirement in sorted(wanted.items())]


def members_of(folder: Path) -> list[Path]:
    """The folder itself and those of the libraries that it needs, directly or not, by name."""
    libraries = folder.parents[1] / "libs"
    found: dict[str, Path] = {}
    waiting = [folder]
    while waiting:
        member = waiting.pop()
        if member.name not in found:
            found[member.name] = member
            ours = (_canonical(each) for each in _dependencies(member))
            waiting += [libraries / name.removeprefix(OURS) for name in ours if name.startswith(OURS)]
    return [found[name] for name in sorted(found)]


def requirements_of(folder: Path) -> set[str]:
    """What a member and the members it needs ask of others, as their manifests say it."""
    asked = {each for member in members_of(folder) for each in _dependencies(member)}
    return {each for each in asked if not each.startswith(OURS)}


def wheels_of(folder: Path, places: Iterable[Path]) -> list[Path]:
    """The wheels of a member and of the members it needs; exactly one each."""
    wheels = [wheel for place in places for wheel in place.glob("*.whl")]
    found = []
    for member in members_of(folder):
        name = f"{OURS}{member.name}".replace("-", "_")
        (wheel,) = (wheel for wheel in wheels if wheel.name.startswith(f"{name}-"))
        found.append(wheel)
    return found


def _dependencies(member: Path) -> list[str]:
    listed: list[str] = tomllib.loads((member / "pyproject.toml").read_text())["project"]["dependencies"]
    return listed


def _canonical(requirement: str) -> str:
    name = _NAME.match(requirement)
    return re.sub(r"[-_.]+", "-", name[0]).lower() if name else ""


def _with_extra(pin: str, requirement: str) -> str:
    extra = _EXTRA.match(requirement)
    return re.sub(r"(\[[^\]]+\])?==", f"{extra[1]}==", pin, count=1) if extra else pin


def main(arguments: list[str]) -> int:
    match arguments:
        case ["--wheels", folder, *places]:
            lines = [str(wheel) for wheel in wheels_of(Path(folder), map(Path, places))]
        case [lock, "--packages", *names]:
            lines = pins(Path(lock).read_text(), names)
        case [lock, "--service", folder]:
            lines = pins(Path(lock).read_text(), requirements_of(Path(folder)))
        case _:
            sys.exit(__doc__)
    sys.stdout.write("\n".join([*lines, ""]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
