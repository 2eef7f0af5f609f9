"""Teacher and student: data that a hidden network of the student's own shape made, with or without noise.

Construction. A teacher with random weights and biases from the student's sets (output weights are never 0) labels
random integer inputs; ``noise`` targets are then changed by 1 to 3, up or down. The teacher's loss on the data, the
planted loss, is recorded; the threshold is the planted loss unless told otherwise.

Without noise the student can fit everything, and the question is to find weights that do (loss 0). With noise no
student needs to be better than the teacher, but some may be. With a threshold of 0 and one target changed most large
enough datasets have no answer.

>>> instance = FAMILY.generate(1, samples=20, inputs=3, hidden=2)
>>> instance.threshold, instance.source["planted_loss"]
(Fraction(0, 1), 0)
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from dnnt_encode.errors import InputError
from dnnt_encode.families.family import LOSS, Drawn, Family, FamilyParameter, Options
from dnnt_encode.instance.evaluate import evaluate
from dnnt_encode.instance.forward import LayerWeights
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.rationals import number_json, to_fraction
from dnnt_encode.instance.weights import Weights
from dnnt_encode.parsers.option_texts import parse_set


@dataclass(frozen=True)
class Teacher:
    """The teacher's parameters, the inputs that it labels, and how much each target is changed."""

    weights: tuple[tuple[Fraction, ...], ...]
    biases: tuple[Fraction, ...]
    output: tuple[Fraction, ...]
    output_bias: Fraction
    x: tuple[tuple[int, ...], ...]
    change: tuple[int, ...]

    def layers(self) -> list[LayerWeights]:
        return [
            LayerWeights.from_values([list(row) for row in self.weights], list(self.biases)),
            LayerWeights.from_values([list(self.output)], [self.output_bias]),
        ]

    def json(self) -> dict[str, Any]:
        return {
            "weights": [list(map(number_json, row)) for row in self.weights],
            "biases": list(map(number_json, self.biases)),
            "output": list(map(number_json, self.output)),
            "output_bias": number_json(self.output_bias),
            "x": [list(row) for row in self.x],
            "change": list(self.change),
        }

    @staticmethod
    def of(value: Any) -> Teacher:
        return Teacher(
            tuple(tuple(map(to_fraction, row)) for row in value["weights"]),
            tuple(map(to_fraction, value["biases"])),
            tuple(map(to_fraction, value["output"])),
            to_fraction(value["output_bias"]),
            tuple(tuple(map(int, row)) for row in value["x"]),
            tuple(map(int, value["change"])),
        )


def _draw(options: Options, rng: random.Random) -> Drawn[Teacher]:
    n, d, h, reach = options["samples"], options["inputs"], options["hidden"], options["reach"]
    weights, output = parse_set(options["weights"]), _output_set(options)
    if options["noise"] > n:
        raise InputError(f"found {options['noise']} targets to change; there are {n} samples", "noise")
    changed = set(rng.sample(range(n), options["noise"]))
    teacher = Teacher(
        tuple(tuple(rng.choice(weights) for _ in range(d)) for _ in range(h)),
        tuple(rng.choice(weights) for _ in range(h)),
        tuple(rng.choice(output) for _ in range(h)),
        rng.choice(weights),
        tuple(tuple(rng.randint(-reach, reach) for _ in range(d)) for _ in range(n)),
        tuple(rng.choice((-1, 1)) * rng.randint(1, 3) if k in changed else 0 for k in range(n)),
    )
    return Drawn(teacher)


def _output_set(options: Options) -> tuple[Fraction, ...]:
    chosen = tuple(value for value in parse_set(options["weights"]) if value != 0)
    if not chosen:
        raise InputError("every weight is 0; output weights need another value", "weights")
    return chosen


def _build(teacher: Teacher, options: Options) -> Instance:
    weights = parse_set(options["weights"])
    student = Instance.from_arrays(
        teacher.x,
        [[0]] * len(teacher.x),
        hidden=[len(teacher.weights)],
        layer_weights=[weights, _output_set(options)],
        layer_biases=[weights, weights],
        loss=options["loss"],
        name="teacher",
    )
    planted = Weights.for_instance(student, teacher.layers())
    labels = [value + change for value, change in zip(planted.predict(teacher.x), teacher.change, strict=True)]
    instance = Instance.from_arrays(
        teacher.x,
        [[label] for label in labels],
        hidden=[len(teacher.weights)],
        layer_weights=[weights, _output_set(options)],
        layer_biases=[weights, weights],
        loss=options["loss"],
        name="teacher",
    )
    loss = evaluate(instance, planted).loss
    threshold = loss if options["threshold"] is None else to_fraction(options["threshold"])
    return replace(
        instance,
        threshold=None if options["minimize"] else threshold,
        source={"planted_loss": number_json(loss)},
    )


FAMILY = Family(
    name="teacher",
    summary="data that a hidden network of the same shape made, with or without noise",
    fixes="a loss that is known to be reached (planted_loss)",
    parameters=(
        FamilyParameter("samples", "How many samples.", default=40, least=1),
        FamilyParameter("inputs", "How many inputs.", default=8, least=1),
        FamilyParameter("hidden", "How many hidden units.", default=3, least=1),
        FamilyParameter("reach", "Inputs are integers from -reach to reach.", default=2, least=1),
        FamilyParameter(
            "weights", "Allowed weights and biases; output weights are those that are not 0.", "set", "-1,0,1"
        ),
        FamilyParameter("noise", "How many targets are changed.", default=0, least=0),
        FamilyParameter("threshold", "Ask for this loss or less; default: the planted loss.", "number"),
        FamilyParameter("minimize", "Ask for the least loss.", "flag", False),
        replace(LOSS, default="zero_one", help="The loss."),
    ),
    draw=_draw,
    build=_build,
    write=Teacher.json,
    read=Teacher.of,
)
