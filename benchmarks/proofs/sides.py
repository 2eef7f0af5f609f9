"""The sides: this version, an earlier revision of it, and CP-SAT on the model that one would write first."""

import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from dnnt_encode.bench.runs import Contender

ROOT = Path(__file__).parents[2]

TEXTBOOK = ("-m", "benchmarks.textbook.model")


@contextmanager
def sides(before: str | None, names: list[str]) -> Iterator[list[Contender]]:
    """The sides by name; `before` is the revision of that side, which needs one."""
    with tempfile.TemporaryDirectory() as folder:
        found = []
        for name in names:
            if name == "before" and before is not None:
                packed = subprocess.run(
                    ["git", "archive", before, "dnnt_encode"], cwd=ROOT, check=True, capture_output=True
                ).stdout
                with tarfile.open(fileobj=BytesIO(packed)) as archive:
                    archive.extractall(folder, filter="data")
                found.append(Contender(name, path=Path(folder)))
            elif name == "ours":
                found.append(Contender(name))
            elif name == "textbook":
                found.append(Contender(name, TEXTBOOK))
        yield found
