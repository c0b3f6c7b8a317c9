"""Writes the chart's dashboards and alert rules from the names that the suite exports and `observing/slo.yaml`.

With `--check` it writes nothing and fails where a file is not what it would write, is missing, or is left over.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml
from observing import alerts, burn_rates
from observing.dashboards import dashboards
from observing.objectives import objectives
from observing.promql import Rule

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "helm" / "throughline" / "files"

Group = Mapping[str, str | list[Rule]]
"""Rules that are looked at together, with their name."""

_HEADER = "# Written by tools/generate_observability.py from the names of chassis/metric_names.py; change it there.\n"


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="write nothing, fail where a file would change")
    is_check = arguments.parse_args().check
    wanted = files()
    kept = {path for pattern in ("dashboards/*.json", "rules/*.yaml") for path in FOLDER.glob(pattern)}
    wrong = sorted(
        {path for path, text in wanted.items() if not path.is_file() or path.read_text(encoding="utf-8") != text}
        | (kept - wanted.keys())
    )
    if is_check:
        for path in wrong:
            print(f"{path.relative_to(ROOT)} is not what tools/generate_observability.py writes; run it")
        return 1 if wrong else 0
    for path in wrong:
        if path in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], encoding="utf-8")
        else:
            path.unlink()
    print(f"observability: {len(wanted)} files, {len(wrong)} of them changed")
    return 0


def files() -> Mapping[Path, str]:
    """All files with what stands in them."""
    promised = objectives()
    rules: Mapping[str, list[Group]] = {
        "objectives": [
            {"name": "throughline-objectives", "rules": [*burn_rates.recording_rules(promised)]},
            {"name": "throughline-burn-rates", "rules": [*burn_rates.alert_rules(promised)]},
        ],
        "alerts": [{"name": "throughline-alerts", "rules": [*alerts.alert_rules()]}],
    }
    drawn = {
        FOLDER / "dashboards" / f"{name}.json": json.dumps(dashboard, indent=2, ensure_ascii=False) + "\n"
        for name, dashboard in dashboards(promised).items()
    }
    return drawn | {FOLDER / "rules" / f"{name}.yaml": _as_yaml(groups) for name, groups in rules.items()}


def _as_yaml(groups: Iterable[Group]) -> str:
    text: str = yaml.dump({"groups": [*groups]}, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=1_000)
    return _HEADER + text


class _Plain(yaml.SafeDumper):
    """Writes texts of several lines as such, and no references to what was written before."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Plain.add_representer(str, _text)


if __name__ == "__main__":
    sys.exit(main())
