"""`dnnt verify`: the exact loss of weights."""

from __future__ import annotations

import sys
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import click

from dnnt_encode.cli.files import check_files
from dnnt_encode.cli.options import InputName
from dnnt_encode.cli.progress import Reporter
from dnnt_encode.cli.standard_streams import say_json

if TYPE_CHECKING:
    from dnnt_encode.instance.evaluate import Evaluation
    from dnnt_encode.instance.instance import Instance


@click.command()
@click.argument("instance", type=InputName())
@click.argument("weights", type=InputName())
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
@click.option("-v", "--verbose", is_flag=True, help="Sample by sample: outputs, target, loss.")
@click.option("--source", is_flag=True, help="What the weights of a generated instance stand for, verified too.")
def verify(instance: str, weights: str, as_json: bool, verbose: bool, source: bool) -> int:
    """Check that all WEIGHTS are allowed, and compute their exact loss.

    Exits with 10 where the loss is within the threshold (or there is none) and every constraint holds, else with 20.
    """
    check_files({"INSTANCE": instance, "WEIGHTS": weights}, {})
    from dnnt_encode.errors import InputError
    from dnnt_encode.families.catalogue import solution_of
    from dnnt_encode.instance.behaviour import upheld
    from dnnt_encode.instance.ensemble import parts_of, right_samples
    from dnnt_encode.instance.evaluate import evaluate
    from dnnt_encode.instance.rationals import number_json
    from dnnt_encode.instance.weights import check_allowed
    from dnnt_encode.parsers.instance_json import load_instance
    from dnnt_encode.parsers.weights_json import load_weights

    problem = load_instance(instance)
    candidate = load_weights(weights, problem)
    parts = parts_of(problem, candidate)
    for number, (part, own) in enumerate(parts, start=1):
        try:
            check_allowed(part.network, own)
        except InputError as error:
            member = f"member {number}: " if candidate.ensemble is not None else ""
            raise InputError(f"{member}{error}", place=weights) from None
    evaluations = [evaluate(*pair) for pair in parts]
    loss = sum((each.loss for each in evaluations), Fraction(0))
    threshold = problem.threshold
    within = threshold is None or all(each.loss <= threshold for each in evaluations)
    stand = upheld(problem, candidate)
    broken = [each for each in stand if not each.holds]
    code = 10 if within and not broken else 20
    meaning = solution_of(problem, candidate) if source and within and candidate.ensemble is None else None
    rows = (
        [sample_rows(*pair) for pair in zip((part for part, _ in parts), evaluations, strict=True)] if verbose else []
    )
    right = None if candidate.ensemble is None else right_samples(problem, candidate)
    if as_json:
        result: dict[str, Any] = {
            "loss": number_json(loss),
            "threshold": None if threshold is None else number_json(threshold),
            "within": within,
            "instance_sha256": problem.sha256,
        }
        if stand:
            result["constraints"] = [vars(each) for each in stand]
        if right is None:
            result.update({"samples": rows[0]} if verbose else {})
        else:
            classes = [list(part.dataset.classes or ()) for part, _ in parts]
            result["members"] = [
                {"classes": pair, "loss": number_json(each.loss), **({"samples": rows[number]} if verbose else {})}
                for number, (pair, each) in enumerate(zip(classes, evaluations, strict=True))
            ]
            result["right"] = right
        if source:
            result["source"] = None if meaning is None else meaning.value
        say_json(result)
        return code
    reporter = Reporter(sys.stdout)
    for number, (part, each) in enumerate(zip((part for part, _ in parts), evaluations, strict=True)):
        if right is not None:
            reporter.comment(f"member {number + 1}, {' or '.join(part.dataset.classes or ())}: loss {each.loss}")
        for row in rows[number] if verbose else ():
            copies = f" x {row['multiplicity']}" if row["multiplicity"] != 1 else ""
            outputs = " ".join(map(str, row["outputs"]))
            target = " ".join(map(str, row["target"])) if isinstance(row["target"], list) else row["target"]
            reporter.comment(f"sample {row['sample']}: outputs {outputs}, target {target}, loss {row['loss']}{copies}")
    reporter.comment(f"{problem.name}: {problem.dataset.total} samples, {problem.loss.name}, every weight is allowed")
    if right is not None:
        reporter.comment(f"the vote gives {right} samples their own class; below is the sum of the losses of members")
    if threshold is not None:
        reporter.comment(f"threshold {threshold}")
    for held in stand:
        how = "holds" if held.holds else "BROKEN"
        reporter.comment(f"{held.constraint}: {how}{held.detail and f' ({held.detail})'}")
    reporter.line(f"o {loss}")
    reporter.line("s ABOVE THRESHOLD" if not within else "s CONSTRAINT BROKEN" if broken else "s VERIFIED")
    if meaning is not None:
        for line in meaning.lines:
            reporter.line(f"v {line}")
    return code


def sample_rows(problem: Instance, evaluation: Evaluation) -> list[dict[str, Any]]:
    """What each sample gives: its number from 0, multiplicity, outputs, target (a class by its name) and loss."""
    from dnnt_encode.instance.rationals import ExactArray

    dataset = problem.dataset
    targets: list[Any]
    if isinstance(dataset.y, ExactArray):
        targets = dataset.y.json()
    else:
        names = dataset.classes
        targets = [label if names is None else names[label] for label in dataset.y.tolist()]
    columns = (dataset.multiplicity.tolist(), evaluation.outputs.json(), targets, evaluation.sample_losses.json())
    return [
        {"sample": number, "multiplicity": count, "outputs": outputs, "target": target, "loss": loss}
        for number, (count, outputs, target, loss) in enumerate(zip(*columns, strict=True))
    ]
