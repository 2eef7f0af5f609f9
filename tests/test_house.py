"""The house rules a machine can check: the import rules that pyproject.toml states, file lengths, and names."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "dnnt_encode"
FILES = sorted(PACKAGE.rglob("*.py"))
LONGEST_FILE = 400

LINT = "from importlinter.cli import lint_imports; import sys; sys.exit(lint_imports(sys.argv[1], no_cache=True))"


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    """What import-linter says of the package ``dnnt_encode`` under a folder."""
    command = [sys.executable, "-c", LINT, str(ROOT / "pyproject.toml")]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


def contracts() -> list[dict[str, Any]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = settings["tool"]["importlinter"]["contracts"]
    return found


def lines_of_rooms() -> list[list[str]]:
    """The rooms, line by line from the top."""
    return [[room.strip() for room in line.split("|")] for line in contracts()[0]["layers"]]


def test_import_rules() -> None:
    said = lint(ROOT)
    assert said.returncode == 0, said.stdout


FORBIDDEN = {
    "instance/a.py": "from dnnt_encode.parsers import numbers",
    "analysis/a.py": "from ..parsers.numbers import to",
    "models/a.py": "def f():\n    import dnnt_encode.encoders",
    "families/a.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from dnnt_encode.algorithms import b",
    "decoder.py": "from dnnt_encode import solve",
    "solving/a.py": "from ortools.sat import cp_model",
    "errors.py": "from .instance import b",
}
ALLOWED = {
    "cli/a.py": "from ..solving import b\nfrom .. import errors",
    "backends/a.py": "from ortools.sat.python import cp_model",
    "exchange/a.py": "import numpy\nfrom .b import ExactArray",
    "__init__.py": "from dnnt_encode.solving.b import Result",
}


def test_the_import_rules_find_what_they_forbid(tmp_path: Path) -> None:
    """On a package of the same rooms, where some modules break a rule and some do not."""
    house = tmp_path / "dnnt_encode"
    for room in (room for line in lines_of_rooms() for room in line):
        if (PACKAGE / f"{room}.py").exists():
            house.mkdir(exist_ok=True)
            (house / f"{room}.py").touch()
        elif (PACKAGE / room).exists():
            (house / room).mkdir(parents=True)
            for name in ("__init__.py", "b.py"):
                (house / room / name).touch()
    for place, code in {**FORBIDDEN, **ALLOWED}.items():
        (house / place).write_text(code, encoding="utf-8")
    said = lint(tmp_path)
    assert said.returncode == 1, said.stdout + said.stderr
    broken = re.findall(r"(dnnt_encode\.[\w.]+) -> [\w.]+ \(l\.", said.stdout)
    assert set(broken) == {"dnnt_encode." + place.removesuffix(".py").replace("/", ".") for place in FORBIDDEN}


def test_the_documentation_tells_the_same_rooms() -> None:
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    told = re.search(r"\n\n((?:    .+\n)+)", contributing)
    assert told is not None
    listed = [line.split(" | ") for line in " ".join(told[1].split()).split(" > ")]
    rooms = [line for line in lines_of_rooms() if not {"__main__", "errors"} & {*line}]
    assert listed == rooms
    table = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/architecture.md").read_text(encoding="utf-8"), re.M)
    assert table == [room for line in rooms for room in line]


def test_the_map_of_the_house_names_what_there_is() -> None:
    """Modules and classes that docs/architecture.md names in code exist."""
    named = set(re.findall(r"`([\w./]+)`", (ROOT / "docs/architecture.md").read_text(encoding="utf-8")))
    modules = {name.strip("/") for name in named if "/" in name}
    assert len(modules) > 15
    gone = [name for name in modules if not any(PACKAGE.glob(f"**/{name}")) and not any(PACKAGE.glob(f"**/{name}.py"))]
    known = {name for path in FILES for name, _ in classes(ast.parse(path.read_text(encoding="utf-8")))}
    classed = {name for name in named if re.fullmatch(r"(?:[A-Z][a-z]+)+", name)}
    assert len(classed) > 10
    assert (gone, classed - known) == ([], set())


def test_files_are_short() -> None:
    assert len(FILES) > 10
    lengths = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert not {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE}, "are they still one idea each?"


def test_one_class_name_means_one_class() -> None:
    """Whoever meets a word in one room can trust it in the next one; type aliases count, private names too."""
    places: dict[str, list[str]] = {}
    for path in FILES:
        for name, line in classes(ast.parse(path.read_text(encoding="utf-8"))):
            places.setdefault(name, []).append(f"{path.relative_to(PACKAGE)}:{line}")
    assert not {name: found for name, found in places.items() if len(found) > 1}


def classes(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """The names, without the underscore of private ones, and lines of the classes and type aliases of a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield node.name.lstrip("_"), node.lineno
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        for target in targets:
            name = target.id.lstrip("_") if isinstance(target, ast.Name) else ""
            if name[:1].isupper() and not name.isupper():
                yield name, node.lineno
