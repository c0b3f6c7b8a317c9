"""Reading takes the memory of some rows, however many there are. Measured in a process of its own."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import xlsxwriter

_READ = """
import resource, sys
from pathlib import Path
from throughline_cli.lead_files.lead_file import LeadFile

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

small, large = (LeadFile(Path(name)) for name in sys.argv[1:])
count = sum(1 for _ in small.rows(small.survey()))
before = peak()
count += sum(1 for _ in large.rows(large.survey()))
print(count, peak() - before)
"""
_MOST_MIB = 12


def test_packed_text_of_30_mib_takes_little_memory(tmp_path: Path) -> None:
    small, large = (_packed(tmp_path / f"{rows}.csv.gz", rows) for rows in (100, 150_000))

    rows, mib = _read(small, large)

    assert rows == 150_100
    assert mib < _MOST_MIB


def test_sheet_with_texts_of_its_own_takes_little_memory(tmp_path: Path) -> None:
    small, large = (_sheet(tmp_path / f"{rows}.xlsx", rows) for rows in (100, 15_000))

    rows, mib = _read(small, large)

    assert rows == 15_100
    assert mib < _MOST_MIB


def _packed(path: Path, rows: int) -> Path:
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=1) as file:
        file.write("公司,电话,留言\n")
        file.writelines(f"医院{row},139{row:08d},{row * 7919 % 99991}{'需要报价' * 12}{row}\n" for row in range(rows))
    return path


def _sheet(path: Path, rows: int) -> Path:
    workbook = xlsxwriter.Workbook(path, {"constant_memory": True})
    sheet = workbook.add_worksheet()
    sheet.write_row(0, 0, ["公司", "电话", "留言"])
    for row in range(1, rows + 1):
        sheet.write_row(row, 0, [f"医院{row}", row, "需要报价" * 10])
    workbook.close()
    return path


def _read(small: Path, large: Path) -> tuple[int, int]:
    command = [sys.executable, "-c", _READ, str(small), str(large)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True, timeout=50).stdout.split()
    return int(answer[0]), int(answer[1])
