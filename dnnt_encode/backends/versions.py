"""Which distributions are installed. Reading the metadata of one takes a millisecond, which is felt where it is asked
for a hundred times; and what reads it is imported where somebody asks at all."""

from __future__ import annotations

from functools import cache


@cache
def installed_version(distribution: str) -> str | None:
    """The version of a distribution, None where it is not installed."""
    from importlib import metadata

    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
