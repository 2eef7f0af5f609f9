"""Refuse a model that would not fit in memory before it is built."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from dnnt_encode.errors import ModelTooLarge

_CGROUPS = (
    ("/sys/fs/cgroup", "memory.max", "memory.current"),
    ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
)


def available_memory() -> int | None:
    """Bytes that this process may still take: what the system has, within a container's limit. None where unknown."""
    candidates = []
    with contextlib.suppress(OSError, ValueError, KeyError):
        candidates.append(_table("/proc/meminfo")["MemAvailable:"] * 1024)
    for folder, limit, usage in _CGROUPS:
        with contextlib.suppress(OSError, ValueError):
            allowed = int(Path(folder, limit).read_text(encoding="ascii"))
            used = int(Path(folder, usage).read_text(encoding="ascii"))
            # The page cache counts as used, and gives way.
            stat = _table(f"{folder}/memory.stat")
            cached = stat.get("inactive_file", 0) + stat.get("active_file", 0)
            candidates.append(allowed - max(0, used - cached))
    if not candidates:
        with contextlib.suppress(OSError, ValueError, AttributeError):
            candidates.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return max(0, min(candidates)) if candidates else None


def _table(path: str) -> dict[str, int]:
    """The lines ``key number ...`` of a file."""
    rows = (line.split() for line in Path(path).read_text(encoding="ascii").split("\n"))
    return {row[0]: int(row[1]) for row in rows if len(row) > 1 and row[1].isdigit()}


def largest_fitting(factor: float) -> int | None:
    """How many bytes of a model fit where ``factor`` times as many are in use; None where there is no limit."""
    available = available_memory()
    return None if available is None or factor <= 0 else int(available / factor)


def check_fits(needed: int, what: str, at_least: bool = False) -> None:
    """Raises ModelTooLarge where ``needed`` bytes are more than there are; ``what`` describes the model. ``at_least``:
    so many are known not to be there."""
    available = available_memory()
    if at_least or (available is not None and needed > available):
        about = f"more than {describe_bytes(available or needed)}" if at_least else f"about {describe_bytes(needed)}"
        raise ModelTooLarge(
            f"{what} would need {about} of memory to build and solve; "
            f"{describe_bytes(available or 0)} are available. Use fewer samples or units, smaller parameter sets, or a "
            "machine with more memory"
        )


def describe_bytes(count: int) -> str:
    """Bytes with a unit: ``3.2 GB``."""
    value = float(count)
    for unit in ("bytes", "kB", "MB", "GB", "TB", "PB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "bytes" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.3g} EB"
