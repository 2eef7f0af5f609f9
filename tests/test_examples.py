"""Every example is solved to proven optimality, and its weights are evaluated once more here."""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

import dnnt_encode

EXAMPLES = Path(__file__).parents[1] / "examples"

# name: (status, loss)
EXPECTED = {
    "xor": ("SATISFIABLE", 0),
    "parity4": ("OPTIMUM FOUND", 0),
    "three_layer": ("OPTIMUM FOUND", 0),
    "regression": ("OPTIMUM FOUND", Fraction(8, 15)),
    "iris": ("OPTIMUM FOUND", 1),
    "breast_cancer": ("OPTIMUM FOUND", 4),
}


def load(name: str) -> dnnt_encode.Instance:
    instance = dnnt_encode.load(EXAMPLES / f"{name}.json")
    assert isinstance(instance, dnnt_encode.Instance)
    return instance


def test_every_example_has_its_expected_answer() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.json")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_example(name: str) -> None:
    instance = load(name)
    result = dnnt_encode.solve(instance, time_limit=60)
    assert (result.status, result.loss) == EXPECTED[name]
    assert result.verified
    assert result.weights is not None
    assert dnnt_encode.evaluate(instance, result.weights).loss == result.loss


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("iris", "--target species --encode thermometer:4 --hidden 3 --rows 60 --seed 1"),
        (
            "breast_cancer",
            "--target diagnosis --positive malignant --encode median --hidden 2 --rows 100 --seed 5",
        ),
    ],
)
def test_the_documented_command_makes_the_imported_example(name: str, options: str, tmp_path: Path) -> None:
    document = (EXAMPLES / "README.md").read_text(encoding="utf-8").replace("\\\n", " ")
    assert options in " ".join(document.split())
    made = tmp_path / "made.json"
    command = [sys.executable, "-m", "dnnt_encode", "import-csv", f"{EXAMPLES / name}.csv", *options.split()]
    subprocess.run([*command, "-o", str(made)], check=True, capture_output=True, timeout=60)
    assert made.read_bytes() == (EXAMPLES / f"{name}.json").read_bytes()


def test_the_library_example_prints_the_diamond() -> None:
    script = [sys.executable, str(EXAMPLES / "use_library.py")]
    done = subprocess.run(script, check=True, capture_output=True, text=True, timeout=120)
    lines = done.stdout.splitlines()
    assert lines[:2] == [
        "2 hidden units: OPTIMUM FOUND, 4 of 25 points wrong",
        "3 hidden units: OPTIMUM FOUND, 0 of 25 points wrong",
    ]
    assert lines[-5:] == [". . . . .", ". . # . .", ". # # # .", ". . # . .", ". . . . ."]
