"""The house rules a machine can check: import directions, file lengths, and where solver packages may be imported."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "dnnt_encode"

# From the top of the house to its ground: a room imports itself and what stands after it.
ROOMS = (
    "cli estimator solving backends exchange decoder proofs encoders algorithms families formats models reduce "
    "analysis parsers instance"
).split()

# Modules without a room: they import nothing of the package, and every room may import them.
FOUNDATIONS = {"errors", "_version"}

SOLVERS = {"ortools", "pysat", "highspy", "pyscipopt", "gurobipy"}
LONGEST_FILE = 400

FILES = sorted(PACKAGE.rglob("*.py"))


def test_the_house_has_files() -> None:
    assert len(FILES) > 10


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_house_rules(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST_FILE, f"{lines} lines: is it still one idea?"
    assert not list(violations(path, tree))


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


def violations(path: Path, tree: ast.AST) -> Iterator[str]:
    """Every import of `path` that the rules forbid, as "line: what is wrong"."""
    room = room_of(path.relative_to(PACKAGE).with_suffix("").parts[0])
    for line, module in imported_modules(path, tree):
        parts = module.split(".")
        if parts[0] in SOLVERS and room != "backends":
            yield f"{line}: {parts[0]} belongs in backends/"
        if parts[0] != PACKAGE.name or room == "__init__":
            continue
        target = room_of(parts[1]) if len(parts) > 1 else "__init__"
        if target not in allowed_rooms(room):
            yield f"{line}: {room} may not import {module}"


def room_of(name: str) -> str:
    known = {*ROOMS, *FOUNDATIONS, "__init__", "__main__"}
    assert name in known, f"{name} is no room of the house"
    return name


def allowed_rooms(room: str) -> set[str]:
    if room in FOUNDATIONS:
        return set()
    if room == "__main__":
        return {"cli"}
    return {*FOUNDATIONS, *ROOMS[ROOMS.index(room) :]}


def imported_modules(path: Path, tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of every import, wherever it stands; relative ones are resolved.

    `from dnnt_encode import solving` names the room, `from dnnt_encode import solve` the package itself.
    """
    package = (PACKAGE.name, *path.relative_to(PACKAGE).parts[:-1])
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = list(package[: len(package) - node.level + 1]) if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            if module != PACKAGE.name:
                yield node.lineno, module
            for alias in node.names if module == PACKAGE.name else []:
                yield node.lineno, f"{module}.{alias.name}" if is_module(alias.name) else module


def is_module(name: str) -> bool:
    return (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file()


@pytest.mark.parametrize(
    ("place", "code", "words"),
    [
        ("instance/x.py", "from dnnt_encode.parsers import numbers", "instance may not import"),
        ("instance/x.py", "from ..solving.result import Result", "instance may not import"),
        ("models/x.py", "def f():\n    import dnnt_encode.encoders", "2: models may not import"),
        ("decoder.py", "from dnnt_encode import solve", "decoder may not import dnnt_encode"),
        ("solving/x.py", "from ortools.sat import cp_model", "ortools belongs in backends/"),
        ("errors.py", "from .instance import network", "errors may not import"),
    ],
)
def test_the_rules_find_what_they_forbid(place: str, code: str, words: str) -> None:
    found = list(violations(PACKAGE / place, ast.parse(code)))
    assert len(found) == 1
    assert words in found[0]


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("cli/x.py", "from ..solving import pipeline\nfrom .. import errors"),
        ("backends/cpsat.py", "from ortools.sat.python import cp_model"),
        ("instance/x.py", "import numpy\nfrom .rationals import ExactArray"),
        ("__init__.py", "from dnnt_encode.solving.result import Result"),
    ],
)
def test_the_rules_let_pass_what_they_allow(place: str, code: str) -> None:
    assert not list(violations(PACKAGE / place, ast.parse(code)))
