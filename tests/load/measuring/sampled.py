"""Runs a module as `python -m` would, and samples where its processor time goes between two signals.

    python -m load.measuring.sampled FILE MODULE [ARGUMENT …]

SIGUSR1 begins, SIGUSR2 ends and writes the samples to FILE: lines of `count<TAB>stack`, a stack as
`path:function;path:function…`, outermost first. A sample is taken each two milliseconds of processor time of the whole
process; time in gRPC's own threads and in C code counts for the Python frame that is on top of the main thread.
"""

from __future__ import annotations

import runpy
import signal
import sys
from collections import Counter
from pathlib import Path
from types import CodeType, FrameType

EVERY_S = 0.002

_samples: Counter[tuple[CodeType, ...]] = Counter()


def main() -> None:
    """Installs the signals and becomes the module."""
    file, module, *arguments = sys.argv[1:]
    signal.signal(signal.SIGUSR1, lambda *_: signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S))
    signal.signal(signal.SIGUSR2, lambda *_: _finish(Path(file)))
    signal.signal(signal.SIGPROF, _sample)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _sample(_number: int, frame: FrameType | None) -> None:
    stack = []
    while frame is not None:
        stack.append(frame.f_code)
        frame = frame.f_back
    _samples[tuple(stack)] += 1


def _finish(file: Path) -> None:
    signal.setitimer(signal.ITIMER_PROF, 0)
    lines = []
    for stack, count in _samples.items():
        frames = ";".join(f"{code.co_filename}:{code.co_qualname}" for code in reversed(stack))
        lines.append(f"{count}\t{frames}\n")
    _samples.clear()
    partial = file.with_suffix(".part")
    partial.write_text("".join(lines), encoding="utf-8")
    partial.replace(file)  # whoever waits for the file must not find half of it


if __name__ == "__main__":
    main()
