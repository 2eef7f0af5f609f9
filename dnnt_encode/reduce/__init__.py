"""Instances that stand for another one, or for a part of it, with the way back for assignments.

``STEPS`` are applied in this order. Equal samples first, as all others look at every sample. Columns merge before
values are left out, because more follows for one parameter than for two that act as one. What is left out narrows the
bounds by which parameters are found idle and signals constant; nobody reads what has been fixed or merged away then.
Samples that differed in what nobody reads are equal at last.
"""

from collections.abc import Callable, Iterator

from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.instance import Instance
from dnnt_encode.reduce.columns import proportional_columns
from dnnt_encode.reduce.constants import constant_signals
from dnnt_encode.reduce.cubes import cube_choices, cubes
from dnnt_encode.reduce.fixing import impossible_values
from dnnt_encode.reduce.outputs import separate_outputs
from dnnt_encode.reduce.patterns import output_choices, output_patterns
from dnnt_encode.reduce.reduced import Chain, Contradiction, Reduced, Separation, Split, Step, chain
from dnnt_encode.reduce.samples import equal_samples
from dnnt_encode.reduce.truth_tables import truth_table_choices, truth_tables
from dnnt_encode.reduce.units import idle_parameters
from dnnt_encode.reduce.unread import unread_signals

__all__ = [
    "CHOICES",
    "FUNCTIONS",
    "SPLITS",
    "STEPS",
    "Chain",
    "Contradiction",
    "Reduced",
    "Separation",
    "Split",
    "Step",
    "chain",
    "separate_outputs",
]

STEPS: tuple[Step, ...] = (
    equal_samples,
    proportional_columns,
    impossible_values,
    idle_parameters,
    constant_signals,
    unread_signals,
    equal_samples,
)

SPLITS: tuple[Split, ...] = (truth_tables, output_patterns, cubes)
"""The first that splits an instance is the best for it."""

FUNCTIONS: tuple[Split, ...] = (output_patterns, cubes)
"""Those whose parts have, together, every function of every input: they go with constraints, too."""

CHOICES: dict[str, Callable[[Instance], Iterator[Assignment]]] = {
    "truth_tables": truth_table_choices,
    "output_patterns": output_choices,
    "cubes": cube_choices,
}
"""For every split, by its name, what it chooses among: assignments of which its parts, together, hold every one."""
