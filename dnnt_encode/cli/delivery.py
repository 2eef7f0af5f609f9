"""The end of a run: its weights to their file, how it went, its status.

Nothing is lost on the way out. Weights whose file cannot be written are printed like those of a run without a file;
what standard output does not take goes to standard error, and what that does not take either into a file of its own.
The command has then failed, and says why.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dnnt_encode.cli import signals
from dnnt_encode.cli.progress import Reporter, value_lines
from dnnt_encode.cli.standard_streams import NOBODY_READS, unwritten
from dnnt_encode.errors import DnntError, NotVerified

if TYPE_CHECKING:
    from dnnt_encode.instance.weights import Weights
    from dnnt_encode.solving.result import Result


def deliver(
    result: Result,
    reporter: Reporter,
    output: str | None,
    self_contained: bool,
    as_json: bool,
    more: Mapping[str, Any] | None = None,
) -> int:
    """Write and print the result; the exit code of its status. ``reporter`` has told the run so far, ``more`` are
    further keys of the JSON. Raises DnntError where something could not be written where it should go."""
    with signals.delivered():
        failed = None if output is None else _save(result, output, self_contained)
        saved = output is not None and failed is None
        _report(result, reporter, output if saved else None, as_json)
        printer = Reporter(sys.stdout) if as_json else reporter
        if as_json:
            printer.json({**result.to_dict(), **(more or {})})
        gone = printer.failed
        if gone is not None and (as_json or gone.errno not in NOBODY_READS):
            failed = failed or unwritten(gone)
        # Whoever reads the lines of a run and stops has seen enough.
        if gone is not None and not saved and (failed is not None or gone.errno != errno.EPIPE):
            _rescue(result)
    if failed is not None:
        raise failed
    return result.exit_code


def write_evidence(error: NotVerified, output: str | None) -> str:
    """Keep the evidence of a refuted claim in a file beside the output, or in the working directory; its name."""
    from dnnt_encode.parsers.files import write_bytes

    evidence: dict[str, Any] = {"message": str(error), **error.evidence}
    names = [f"dnnt-evidence-{os.getpid()}.json"]
    if output not in (None, "-") and (os.path.isfile(output) or not os.path.exists(output)):
        names.insert(0, f"{output}.evidence.json")
    for name in names:
        with contextlib.suppress(DnntError):
            write_bytes(name, (json.dumps(evidence, default=str) + "\n").encode())
            return name
    return f"could not be written to {names[-1]}"


def _save(result: Result, output: str, self_contained: bool) -> DnntError | None:
    """Write the weights, where there are any; what went wrong."""
    from dnnt_encode.parsers.weights_json import save_weights

    try:
        if result.weights is not None:
            save_weights(result.weights, output, self_contained)
    except DnntError as error:
        return error
    except BrokenPipeError as error:
        return unwritten(error)
    return None


def _report(result: Result, reporter: Reporter, saved: str | None, as_json: bool) -> None:
    """How the run went, and its status; the weights, too, where they are in no file."""
    if result.stopped is not None:
        reporter.comment(f"stopped early: {result.stopped}")
    if reporter.verbose:
        if result.encoding is not None:
            reporter.comment("encoding: " + ", ".join(f"{value} {key}" for key, value in result.encoding.items()))
        reporter.comment("seconds: " + ", ".join(f"{stage} {seconds:.3f}" for stage, seconds in result.seconds.items()))
    for number, member in enumerate(result.members, start=1):
        reporter.comment(f"member {number}, {' or '.join(member.classes)}: {_member_line(member.result)}")
    if result.right is not None and result.weights is not None:
        reporter.comment(f"the vote gives {result.right} samples their own class")
    reporter.comment(f"backend {result.backend} {result.backend_version or ''}".rstrip())
    if result.loss is not None:
        reporter.comment(f"loss {result.loss}, verified exactly; bound {result.bound}")
    for stage in result.stages[1:]:
        reporter.comment(f"{stage.objective} {stage.value}, verified exactly; bound {stage.bound}")
    reporter.comment(f"certificate: {result.certificate.kind} ({result.certificate.detail})")
    reporter.comment(f"{result.seconds['total']:.2f} s")
    if as_json:
        return
    reporter.line(f"s {result.status}")
    if result.weights is None:
        return
    if saved is None:
        _value_lines(result.weights, reporter)
    elif saved != "-":
        reporter.comment(f"weights: {saved}")


def _member_line(result: Result) -> str:
    """How far a member of an ensemble is."""
    facts = [result.status, *([] if result.loss is None else [f"loss {result.loss}"]), f"bound {result.bound}"]
    facts += [f"{stage.objective} {stage.value} (bound {stage.bound})" for stage in result.stages[1:]]
    stopped = [] if result.stopped is None or result.status == "OPTIMUM FOUND" else [result.stopped]
    return ", ".join([*facts, result.backend, f"{result.seconds['total']:.2f} s", *stopped])


def _value_lines(weights: Weights, reporter: Reporter) -> None:
    for line in value_lines(weights):
        reporter.line(line)


def _rescue(result: Result) -> None:
    """The answer once more, on standard error, or in a file of the working directory."""
    if result.weights is None:
        return
    last = Reporter(sys.stderr)
    last.line(f"s {result.status}")
    _value_lines(result.weights, last)
    if last.failed is not None:
        _save(result, f"dnnt-weights-{os.getpid()}.json", self_contained=False)
