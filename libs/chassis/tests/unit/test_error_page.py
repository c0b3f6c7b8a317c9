from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]


def test_the_page_of_errors_says_what_the_contracts_and_texts_say() -> None:
    command = [sys.executable, str(ROOT / "tools" / "generate_error_page.py"), "--check"]

    check = subprocess.run(command, check=False, capture_output=True, text=True)

    assert check.returncode == 0, check.stderr
