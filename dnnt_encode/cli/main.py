"""The command `dnnt`: the group, its errors and exit codes.

Commands are imported when they are called, so that `dnnt --help` needs no numpy. Every error is one line on standard
error; exit code 2 is a wrong command line, 1 any other error.
"""

from __future__ import annotations

import os
import sys
import time
from importlib import import_module
from importlib.util import find_spec

import click

from dnnt_encode._version import __version__
from dnnt_encode.cli import signals, standard_streams
from dnnt_encode.errors import DnntError

STARTED = time.monotonic()
"""When the program started: time limits count from here."""

_COMMANDS = {
    "solve": ("dnnt_encode.cli.solve", "solve", "Find weights of least loss, or within a threshold, and verify them."),
    "bench": ("dnnt_encode.cli.bench", "bench", "Solve many instances with several backends, and compare."),
    "check": ("dnnt_encode.cli.check", "check", "Check a certificate that solve --certificate wrote."),
    "verify": ("dnnt_encode.cli.verify", "verify", "Compute the exact loss of weights."),
    "explain": ("dnnt_encode.cli.explain", "explain", "Find samples that cannot be fitted together."),
    "count": ("dnnt_encode.cli.count", "count", "Count the assignments within a threshold."),
    "export": ("dnnt_encode.cli.export", "export", "Write a model for a solver of your own."),
    "apply": ("dnnt_encode.cli.apply", "apply", "Write the CNF of one cube that export --cubes --icnf made."),
    "decode": ("dnnt_encode.cli.decode", "decode", "Read the answer of such a solver back and verify it."),
    "predict": ("dnnt_encode.cli.predict", "predict", "Apply weights to new rows of a table."),
    "to": ("dnnt_encode.cli.to", "to", "Write weights as C, ONNX, numpy's arrays or a Python module."),
    "from": ("dnnt_encode.cli.from_model", "from_model", "Round a trained float model to weights to start from."),
    "info": ("dnnt_encode.cli.info", "info", "Describe an instance and the sizes of its encodings."),
    "plot": ("dnnt_encode.cli.plot", "plot", "Draw a network, its regions, a run, or sizes of encodings."),
    "import-csv": ("dnnt_encode.cli.import_csv", "import_csv", "Make an instance from a table."),
    "generate": ("dnnt_encode.cli.generate", "generate", "Make an instance of a family of problems."),
    "families": ("dnnt_encode.cli.generate", "families", "List the families that generate knows."),
    "library": ("dnnt_encode.cli.library", "library", "Instances with known answers: make, check and better them."),
    "backends": ("dnnt_encode.cli.backends", "backends", "List the solvers, installed or not."),
}
"""Name: module, attribute, and what `dnnt --help` says."""


class LazyGroup(click.Group):
    """A group whose commands are imported on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name, (module, _, _) in _COMMANDS.items() if find_spec(module) is not None]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module, attribute, _ = _COMMANDS[cmd_name]
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, _COMMANDS[name][2]) for name in self.list_commands(ctx)])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="dnnt")
def dnnt() -> None:
    """Discrete neural network training: every weight and bias from a finite set, the least training loss, proved.

    INSTANCE and WEIGHTS are JSON files, `-` is standard input or output.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit."""
    # Before numpy is imported, which else starts a thread a core for an arithmetic that this process does not do.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    standard_streams.prepare()
    signals.install()
    # What is read is limited by the parsers; products of long numbers must still be printed.
    if hasattr(sys, "set_int_max_str_digits"):
        sys.set_int_max_str_digits(0)
    code = run(sys.argv[1:] if arguments is None else arguments)
    signals.ignore()
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code; nothing is raised."""
    code = _run(arguments)
    try:
        sys.stdout.flush()
    except OSError:
        # What is left over must not be tried again when the interpreter ends.
        standard_streams.drop_output()
    return code


def _run(arguments: list[str]) -> int:
    try:
        code = dnnt.main(args=arguments, prog_name="dnnt", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.UsageError as error:
        error.show()
        return 2
    except click.ClickException as error:
        return _fail(error.format_message())
    except (KeyboardInterrupt, click.Abort):
        return _fail("interrupted")
    except DnntError as error:
        return _fail(str(error))
    except BrokenPipeError:
        standard_streams.drop_output()
        return 1
    except MemoryError:
        return _fail("out of memory")
    except OSError as error:
        return _fail(error.strerror or str(error))
    except Exception as error:
        if os.environ.get("DNNT_DEBUG"):
            raise
        return _fail(f"internal error: {type(error).__name__}: {error} (DNNT_DEBUG=1 shows where)")


def _fail(message: str) -> int:
    line = " ".join(message.split())
    standard_streams.tell(f"dnnt: error: {line}")
    return 1
