"""The formulas whose refutations close the leaves of a tree: whoever proves makes them, and whoever checks makes the
same ones again."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from dnnt_encode.analysis.levels import Levels
from dnnt_encode.analysis.view import View
from dnnt_encode.backends.sat.proving import proof_memory
from dnnt_encode.encoders.cnf import CnfOptions
from dnnt_encode.encoders.fitting import fitting_cnf
from dnnt_encode.encoders.options import SumEncoding
from dnnt_encode.models.cnf import CnfModel
from dnnt_encode.proofs.certificate import SplitNode, trusted_steps
from dnnt_encode.proofs.cover import split_name
from dnnt_encode.solving.tree import Tree


@dataclass(frozen=True)
class Target:
    """What no loss of the whole is to be: ``at_most`` a threshold, or, where that is None, ``below`` that of the best
    weights. ``sum`` and ``reductions``: how the formulas are made."""

    at_most: Fraction | None
    below: Fraction
    sum: SumEncoding
    reductions: bool

    def formula(self, view: View, offset: Fraction, cores: int) -> tuple[CnfModel, Fraction]:
        """The formula of a leaf's instance whose refutation shows the target for this leaf, and which loss, of the
        whole, it refutes. Raises ModelTooLarge where proofs on so many ``cores`` would not fit in memory."""
        options = CnfOptions(sum=self.sum, symmetry="all" if self.reductions else "none")
        factor = proof_memory(10**6, cores) / 10**6
        if self.at_most is not None:
            return fitting_cnf(view, self.at_most - offset, options, factor), self.at_most
        loss = self.below - offset
        # Losses are multiples of the model's unit, which the first model tells where the guess was too small a step.
        model = fitting_cnf(view, loss - Fraction(1, loss.denominator), options, factor)
        wanted = math.ceil(loss / model.loss_unit) - 1
        if model.threshold != wanted:
            model = fitting_cnf(view, model.loss(wanted), options, factor)
        assert model.threshold == wanted
        return model, model.loss(wanted) + offset


def named_splits(tree: Tree) -> tuple[SplitNode, ...] | None:
    """The splits of a tree, parents first; None where one of them is none that can be made again by its name."""
    found = []
    for number, node in enumerate(tree.nodes):
        if node.children:
            parts = [tree.nodes[child].reduced for child in node.children]
            name = split_name(node.view.instance, parts)
            if name is None:
                return None
            found.append(SplitNode(tree.name(number), name, len(parts)))
    return tuple(found)


def steps_of(tree: Tree) -> tuple[str, ...]:
    """What was done to the instance before it became the root of a tree."""
    note = tree.nodes[0].reduced.note
    return (note,) if note else ()


def trusted_of(tree: Tree, splits: tuple[SplitNode, ...]) -> tuple[str, ...]:
    """What has to be believed beside proofs for the leaves of a tree."""
    root = tree.nodes[0]
    notes = [*steps_of(tree)]
    notes += [f"the split {name} (its cover is checked)" for name in dict.fromkeys(split.name for split in splits)]
    reduced = root.view.merges
    levelled = reduced and any(Levels.of(node.view.instance).some for node in tree.nodes)
    return trusted_steps(tuple(notes), merged=reduced, sorted_units=reduced, levelled=levelled)
