"""The most memory that a process has had."""

from __future__ import annotations

import os
import resource
from pathlib import Path


def peak_mib(pid: int) -> float:
    """MiB of a running process (proc(5), VmHWM).

    getrusage() also counts what the process that started it had. Elsewhere than on Linux it is all
    there is, and only about this process.
    """
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return own if pid == os.getpid() else 0.0
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
