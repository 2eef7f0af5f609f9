"""The measurements. Each runs in a child process of its own, so that peak memory is its own and a limit can end it.
Seconds are those of the processor, which other processes on the machine disturb less."""

import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from multiprocessing.connection import Connection
from typing import Any

import dnnt_encode
from dnnt_encode.encoders.cnf import CnfOptions, cnf_size, encode_cnf

from ..textbook.instances import Spec, problem

Facts = dict[str, Any]


def instance_of(spec: Spec, weights: tuple[int, ...] = (-1, 0, 1)) -> dnnt_encode.Instance:
    """Misclassification; biases are ternary, and there may be no hidden layer."""
    rows = problem(spec)
    return dnnt_encode.Instance.from_arrays(
        rows.x,
        rows.y,
        hidden=[rows.hidden] if rows.hidden else [],
        weights=weights,
        biases=(-1, 0, 1),
        loss="misclassification",
        name=rows.name,
    )


def encode(spec: Spec, options: CnfOptions) -> Facts:
    """Seconds and memory to encode, and seconds until the formula is a DIMACS file too; at most half of the samples may
    be wrong."""
    from dnnt_encode.formats.dimacs import dimacs_text

    instance = instance_of(spec)
    before = peak()
    start = time.process_time()
    model = encode_cnf(instance, threshold=Fraction(spec.samples // 2), options=options)
    encoded = time.process_time()
    memory = peak() - before
    with tempfile.NamedTemporaryFile() as file:
        for piece in dimacs_text(model):
            file.write(piece)
        file.flush()
        written = time.process_time()
        size = os.path.getsize(file.name)
    return {
        "clauses": model.clauses,
        "variables": model.variables,
        "encode": encoded - start,
        "file": written - start,
        "memory": memory,
        "arrays": model.bytes,
        "size": size,
    }


def with_pysat(spec: Spec, options: CnfOptions) -> Facts:
    """Seconds to make the same clauses a PySAT formula, a list a clause, and until ``CNF.to_file`` has written it. What
    the clauses are is given to it for nothing."""
    from pysat.formula import CNF

    model = encode_cnf(instance_of(spec), threshold=Fraction(spec.samples // 2), options=options)
    before = peak()
    start = time.process_time()
    formula = CNF()
    for block in model.blocks:
        for first in range(0, len(block), 20_000):
            for clause in block[first : first + 20_000].tolist():
                formula.append(clause)
    built = time.process_time()
    memory = peak() - before
    with tempfile.TemporaryDirectory() as folder:
        formula.to_file(f"{folder}/model.cnf")
        written = time.process_time()
    return {"clauses": model.clauses, "encode": built - start, "file": written - start, "memory": memory}


def size(spec: Spec, options: CnfOptions) -> Facts:
    """What the formula would hold, and the seconds to know it."""
    instance = instance_of(spec)
    start = time.process_time()
    planned = cnf_size(instance, options=options)
    seconds = time.process_time() - start
    return {
        "clauses": planned.clauses,
        "variables": planned.variables,
        "nodes": planned.nodes[0],
        "seconds": seconds,
    }


def refute(spec: Spec, weights: tuple[int, ...], options: CnfOptions, errors: int, solver: str) -> Facts:
    """Seconds to decide whether at most ``errors`` samples can be wrong."""
    from pysat.solvers import Solver

    model = encode_cnf(instance_of(spec, weights), threshold=Fraction(errors), options=options)
    with Solver(solver) as engine:
        for block in model.blocks:
            engine.append_formula(block.tolist(), no_return=True)
        start = time.process_time()
        answer = engine.solve()
        return {"answer": answer, "seconds": time.process_time() - start}


def peak() -> int:
    """The greatest resident memory of this process so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def in_child(work: Callable[..., Facts], *arguments: Any, limit: float | None = None) -> Facts | None:
    """The facts of ``work``, or None after ``limit`` seconds."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(sender, work, arguments), daemon=True)
    child.start()
    sender.close()
    try:
        return receiver.recv() if receiver.poll(limit) else None
    except EOFError:
        raise RuntimeError(f"{work.__name__} died with exit code {child.exitcode}") from None
    finally:
        child.kill()
        child.join()


def _child(sender: Connection, work: Callable[..., Facts], arguments: tuple[Any, ...]) -> None:
    sender.send(work(*arguments))
