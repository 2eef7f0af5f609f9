"""What the documentation shows is what happens: its console sessions and its Python sessions are run, in order.

A console block is a session: lines that begin with `$ ` are commands, the rest is what they print, to standard output
and standard error alike. `...` in an expected line stands for any text, and alone on a line for any lines. A block
under `<!-- needs NAME -->` is skipped, and that is said, where neither a program nor a package is called so.
"""

import doctest
import json
import os
import re
import shutil
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = [
    "README.md",
    "examples/README.md",
    *(str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("docs/**/*.md"))),
]
MARK = "~~ end of a command ~~"


def blocks(document: str, language: str) -> list[tuple[str, str]]:
    """The fenced blocks of one language, each with what it needs."""
    text = (ROOT / document).read_text(encoding="utf-8")
    fence = rf"^(?:<!-- needs (\w+) -->\n)?```{language}\n(.*?)^```$"
    return [(needed, block) for needed, block in re.findall(fence, text, re.MULTILINE | re.DOTALL)]


def documents(language: str) -> list[str]:
    return [document for document in DOCUMENTS if blocks(document, language)]


def installed(name: str) -> bool:
    return not name or shutil.which(name) is not None or find_spec(name) is not None


def session(block: str) -> list[tuple[str, str]]:
    """The (command, expected output) pairs of a console block; a command goes on after a backslash, and on lines that
    begin with `> `."""
    steps: list[tuple[str, str]] = []
    lines = iter(block.splitlines())
    for line in lines:
        if line.startswith("$ "):
            command = line[2:]
            while command.endswith("\\"):
                command += "\n" + next(lines)
            steps.append((command, ""))
        elif line.startswith("> ") and not steps[-1][1]:
            steps[-1] = (f"{steps[-1][0]}\n{line[2:]}", "")
        else:
            command, output = steps[-1]
            steps[-1] = (command, f"{output}{line}\n")
    return steps


def pattern(expected: str) -> re.Pattern[str]:
    """The text as a regular expression in which `...` is any text of a line, or any lines where it is a line."""
    lines = [line.rstrip() for line in expected.splitlines()]
    parts = [
        "(?:.*\n)*?" if line == "..." else ".*".join(re.escape(text) for text in line.split("...")) + "\n"
        for line in lines
    ]
    return re.compile("".join(parts))


def run_session(commands: list[str], folder: Path) -> list[str]:
    """What each command printed; they run in one shell, so that `$?` is the exit code of the one before."""
    environment = sys.prefix
    # make finds the running environment ready, whatever its stamps say.
    prelude = (
        f"make() {{ command make --no-print-directory VENV='{environment}' "
        f"-o '{environment}/.ready' -o '{environment}/.ready-dev' \"$@\"; }}\n"
    )
    body = "".join(f"{command}\nstatus=$?; echo; echo '{MARK}'; (exit $status)\n" for command in commands)
    done = subprocess.run(
        ["bash", "-c", prelude + body],
        cwd=folder,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
        check=False,
    )
    return done.stdout.split(f"\n{MARK}\n")[:-1]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that looks like a fresh checkout, in which the sessions may leave their files."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "examples", folder / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("document", documents("console"))
def test_console_sessions(document: str, checkout: Path) -> None:
    absent = set()
    for needed, block in blocks(document, "console"):
        if not installed(needed):
            absent.add(needed)
            continue
        steps = session(block)
        outputs = run_session([command for command, _ in steps], checkout)
        assert len(outputs) == len(steps)
        for (command, expected), output in zip(steps, outputs, strict=True):
            printed = "".join(f"{line.rstrip()}\n" for line in output.splitlines())
            assert pattern(expected).fullmatch(printed), f"$ {command}\nprinted:\n{printed}\nnot:\n{expected}"
    if absent:
        pytest.skip(f"all but the sessions with {', '.join(sorted(absent))}, absent here, were run")


@pytest.mark.parametrize("document", documents("pycon"))
def test_python_sessions(document: str, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(checkout)
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    names: dict[str, object] = {}
    for number, (_, block) in enumerate(blocks(document, "pycon")):
        test = parser.get_doctest(block, names, f"{document} block {number}", document, 0)
        runner.run(test, clear_globs=False)
        names = test.globs
    assert runner.failures == 0


@pytest.mark.skipif(
    not all(map(find_spec, ("mkdocs", "material", "mkdocstrings"))), reason="the tools of the site are not installed"
)
def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "dnnt_encode.solve" in (tmp_path / "api" / "index.html").read_text(encoding="utf-8")
    assert "--time-limit" in (tmp_path / "commands" / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("document", documents("json"))
def test_json_is_json(document: str) -> None:
    for _, block in blocks(document, "json"):
        json.loads(block)


def test_python_sessions_of_docstrings() -> None:
    failed = {}
    for path in sorted((ROOT / "dnnt_encode").rglob("*.py")):
        if ">>> " in path.read_text(encoding="utf-8"):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            failed[name] = doctest.testmod(import_module(name)).failed
    assert len(failed) > 20
    assert not any(failed.values()), failed


@pytest.mark.parametrize(
    ("expected", "printed"),
    [
        ("c 0.1 s\n", "c 0.1 s\n"),
        ("c solved in ... s\n", "c solved in 0.31 s\n"),
        ("first\n...\nlast\n", "first\nlast\n"),
        ("first\n...\nlast\n", "first\n1\n2\nlast\n"),
        ("", ""),
    ],
)
def test_elisions_match(expected: str, printed: str) -> None:
    assert pattern(expected).fullmatch(printed)


@pytest.mark.parametrize(
    ("expected", "printed"),
    [("c 0.1 s\n", "c 0X1 s\n"), ("c ... s\n", "c 1 s\nmore\n"), ("", "more\n"), ("one\n...\n", "two\n")],
)
def test_elisions_do_not_match_everything(expected: str, printed: str) -> None:
    assert not pattern(expected).fullmatch(printed)
