"""Writes what follows from the chart's models: schema, `values.yaml`, the README's table. `--check` only compares.

`--baseline` writes, too, what tests/chart/baseline holds of the last release: run it when a version is released.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import yaml
from charting.schema import schema_of
from charting.table import table_of
from charting.values import Values
from charting.values_file import values_file_of

ROOT = Path(__file__).resolve().parent.parent
CHART = ROOT / "helm" / "throughline"
TABLE_BEGINS, TABLE_ENDS = "<!-- values: written by tools/generate_chart.py -->", "<!-- end of values -->"


def main() -> int:
    """Writes the files, or, with `--check`, names those that differ."""
    stale = [path for path, text in _wanted().items() if not path.is_file() or path.read_text() != text]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path.relative_to(ROOT)}: not what tools/generate_chart.py writes; run it")
        if not stale:
            print("chart: schema, values and table are what the models say")
        return 1 if stale else 0
    for path in stale:
        path.write_text(_wanted()[path])
        print(f"chart: wrote {path.relative_to(ROOT)}")
    if "--baseline" in sys.argv[1:]:
        from charting.baseline import write_baselines  # noqa: PLC0415 - needs helm, which the rest does not

        write_baselines()
    return 0


def _wanted() -> dict[Path, str]:
    renamed = yaml.safe_load((CHART / "files" / "renamed-keys.yaml").read_text())
    readme = (CHART / "README.md").read_text()
    before, _, rest = readme.partition(TABLE_BEGINS)
    _, _, after = rest.partition(TABLE_ENDS)
    return {
        CHART / "values.schema.json": json.dumps(schema_of(Values, renamed), indent=1, ensure_ascii=False) + "\n",
        CHART / "values.yaml": values_file_of(Values),
        CHART / "README.md": f"{before}{TABLE_BEGINS}\n\n{table_of(Values)}\n{TABLE_ENDS}{after}",
    }


if __name__ == "__main__":
    sys.exit(main())
