"""`python -m sample_company FOLDER` writes the company's tables as CSV files."""

from __future__ import annotations

import argparse
import sys
from datetime import date, datetime
from pathlib import Path

from sample_company.generate import MOST_LEADS, ZONE, generate


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sample_company", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the files go; made where missing")
    parser.add_argument(
        "--start", type=date.fromisoformat, default=datetime.now(ZONE).date(), help="first day of leads"
    )
    parser.add_argument("--seed", type=int, default=20260301, help="another seed makes another company")
    parser.add_argument("--leads", type=int, default=2000, help=f"how many leads, at most {MOST_LEADS}")
    asked = parser.parse_args()
    company = generate(start=asked.start, seed=asked.seed, leads=asked.leads)
    for path in company.write_csv(asked.folder):
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
