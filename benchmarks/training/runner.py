"""Several trainers side by side, each a process of its own with a seed of its own; they share what they find.

A worker sends every incumbent, and a sign of life now and then; the runner answers each with the best of all where that
is news to the worker, so that neither ever waits for the other to read. Seconds are those that a worker has computed
(CPU time, numpy on one thread), from its first look at the instance: on an idle machine with a core a worker they are
seconds of the clock, and on a busy one a row comes to about the same.
"""

import math
import multiprocessing
import os
import time
from dataclasses import dataclass
from fractions import Fraction
from multiprocessing.connection import Connection, wait

import dnnt_encode
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.training import Trainer, Trying

ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL", "VECLIB_MAXIMUM")}


@dataclass(frozen=True, eq=False)
class Incumbent:
    seconds: float
    loss: Fraction
    assignment: Assignment


def train(instance: dnnt_encode.Instance, seconds: float, workers: int, seed: int) -> list[Incumbent]:
    """Every incumbent that was better than all before, in time."""
    context = multiprocessing.get_context("spawn")
    kept = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(ONE_THREAD)
    try:
        started = [_start(context, seed * workers + number) for number in range(workers)]
    finally:
        for name, value in kept.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})
    children, pipes = [child for child, _ in started], [pipe for _, pipe in started]
    found: list[Incumbent] = []
    known: dict[Connection, Fraction | None] = dict.fromkeys(pipes)
    try:
        for pipe in pipes:
            pipe.recv()
        for pipe in pipes:
            pipe.send((instance, seconds))
        while known:
            for pipe in wait(list(known)):
                assert isinstance(pipe, Connection)
                try:
                    _hear(pipe, known, found)
                except (EOFError, OSError):
                    del known[pipe]
    finally:
        for child in children:
            child.kill()
            child.join()
    found.sort(key=lambda incumbent: incumbent.seconds)
    losses = [incumbent.loss for incumbent in found]
    return [incumbent for k, incumbent in enumerate(found) if incumbent.loss < min(losses[:k], default=math.inf)]


def _start(context, seed: int):  # type: ignore[no-untyped-def]
    ours, theirs = context.Pipe()
    child = context.Process(target=_work, args=(theirs, seed), daemon=True)
    child.start()
    theirs.close()
    return child, ours


def _hear(pipe: Connection, known: dict[Connection, Fraction | None], found: list[Incumbent]) -> None:
    """Take what a worker says and answer it."""
    said = pipe.recv()
    if said is not None:
        known[pipe] = said.loss
        if not found or said.loss < found[-1].loss:
            found.append(said)
    told = known[pipe]
    if found and (told is None or found[-1].loss < told):
        known[pipe] = found[-1].loss
        pipe.send(found[-1].assignment)
    else:
        pipe.send(None)


def _work(pipe: Connection, seed: int) -> None:
    pipe.send("ready")
    instance, seconds = pipe.recv()
    start = time.process_time()
    trainer = Trainer(instance, seed=seed)
    for news in trainer.run():
        spent = time.process_time() - start
        if spent > seconds:
            return
        if isinstance(news, Trying):
            continue
        pipe.send(None if news is None else Incumbent(spent, news.loss, news.assignment))
        told = pipe.recv()
        if told is not None:
            trainer.tell(told)
