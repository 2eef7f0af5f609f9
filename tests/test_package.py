"""What stands beside the code says the same as the code. `.ci/package` builds the package, installs and uses it."""

import re
import subprocess
import sys
from pathlib import Path

from dnnt_encode import __version__

ROOT = Path(__file__).parents[1]


def test_the_version_is_the_same_everywhere() -> None:
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    citation = re.findall(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    assert (headings[0], citation) == (__version__, [__version__])


def test_the_module_is_the_command() -> None:
    command = [sys.executable, "-m", "dnnt_encode", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == f"dnnt, version {__version__}\n"
