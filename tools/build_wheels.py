"""Builds the wheel of every member into `dist/` and looks into each. Run by `make wheels`."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"


def main() -> int:
    shutil.rmtree(DIST, ignore_errors=True)
    members = sorted([*ROOT.glob("libs/*/pyproject.toml"), *ROOT.glob("services/*/pyproject.toml")])
    build = [
        str(Path(sys.executable).parent / "uv"),
        "build",
        "--quiet",
        "--wheel",
        "--no-build-isolation",
        f"--out-dir={DIST}",
    ]
    for manifest in members:
        subprocess.run([*build, str(manifest.parent)], cwd=ROOT, check=True)
    faults = [fault for manifest in members if (fault := _fault(manifest))]
    print("\n".join(faults) or f"wheels: {len(members)} built into dist/")
    return 1 if faults else 0


def _fault(manifest: Path) -> str | None:
    """A wheel that has lost its code still builds, so the packages are looked for by name."""
    document = tomllib.loads(manifest.read_text())
    name = document["project"]["name"].replace("-", "_")
    (wheel,) = DIST.glob(f"{name}-*.whl")
    content = zipfile.ZipFile(wheel).namelist()
    settings = document["tool"]["hatch"]["build"]["targets"]["wheel"]
    sources = settings.get("packages") or settings["only-include"]
    packages = [Path(source).name for source in sources if source.startswith("src/")]
    missing = [package for package in packages if f"{package}/__init__.py" not in content]
    return f"{wheel.name}: has no package {' and '.join(missing)}" if missing else None


if __name__ == "__main__":
    sys.exit(main())
