"""What this machine can carry at a time."""

import os
from pathlib import Path

# https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files
_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def processors() -> int:
    """Those this process may use: a container or a task set may have fewer than the machine."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        share, period = _QUOTA.read_text().split()
    except (OSError, ValueError):
        return usable
    return usable if share == "max" else max(1, min(usable, int(share) // int(period)))


def functions_at_once() -> int:
    """How many functions run, or scenes are played, at a time: each waits for half of it."""
    return 2 * processors()
