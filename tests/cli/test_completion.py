"""What shells complete: commands, options, backends, families and files."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import BashComplete, ShellComplete, ZshComplete

from dnnt_encode.cli.main import dnnt

ENVIRONMENT = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}

COMPLETED = {
    "dnnt so": "solve",
    "dnnt solve x.json --thr": "--threshold",
    "dnnt solve x.json --backend cps": "cpsat",
    "dnnt solve x.json --backend sat:cadical195": "sat:cadical195",
    "dnnt solve inst": "instance.json",
    "dnnt solve x.json --start inst": "instance.json",
    "dnnt decode x.json --solution inst": "instance.json",
    "dnnt export x.json --format wc": "wcnf",
    "dnnt bench --backend cps": "cpsat",
    "dnnt bench x.json inst": "instance.json",
    "dnnt plot inst": "instance.json",
    "dnnt generate colouring-n": "colouring-neuron",
    "dnnt generate colouring --kind pl": "planted",
}

# `compopt` works inside of a completion alone; with it click asks bash for names of files.
BASH = """
eval "$(_DNNT_COMPLETE=bash_source dnnt)"
read -ra COMP_WORDS <<< "$1"
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
compopt() { files=yes; }
_dnnt_completion dnnt
[ -z "$files" ] || mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.mark.parametrize("line", COMPLETED)
@pytest.mark.parametrize("shell", [BashComplete, ZshComplete])
def test_what_is_completed(shell: type[ShellComplete], line: str) -> None:
    _, *words, begun = line.split(" ")
    found = shell(dnnt, {}, "dnnt", "_DNNT_COMPLETE").get_completions(words, begun)
    wanted = ("file", begun) if COMPLETED[line] == "instance.json" else ("plain", COMPLETED[line])
    assert wanted in [(item.type, item.value) for item in found]


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize("line", ["dnnt solve inst", "dnnt solve x.json --backend cps"])
def test_in_bash(line: str, tmp_path: Path) -> None:
    (tmp_path / "instance.json").touch()
    command = ["bash", "--norc", "-c", BASH, "bash", line]
    done = subprocess.run(
        command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.split() == [COMPLETED[line]], done.stderr


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh_reads_its_script() -> None:
    made = {**ENVIRONMENT, "_DNNT_COMPLETE": "zsh_source"}
    script = subprocess.run(["dnnt"], env=made, capture_output=True, text=True, timeout=60, check=True).stdout
    subprocess.run(["zsh", "-n"], input=script, text=True, timeout=60, check=True)
