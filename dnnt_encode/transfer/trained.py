"""What every format is written from: trained weights, what becomes of a row before them, and their integer network."""

from __future__ import annotations

from dataclasses import dataclass

from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.weights import Weights
from dnnt_encode.parsers.prediction import class_names
from dnnt_encode.transfer.columns import Asked, RowPlan, row_plan
from dnnt_encode.transfer.integer_network import IntegerNetwork, integer_network


@dataclass(frozen=True, eq=False)
class Trained:
    """``name`` is what the network is called, ``classes`` the names of its classes; None where it predicts numbers."""

    name: str
    weights: Weights
    rows: RowPlan
    network: IntegerNetwork
    classes: tuple[str, ...] | None

    @staticmethod
    def of(weights: Weights, name: str, asked: Asked) -> Trained:
        """From weights that carry their network. Raises InputError, and ModelTooLarge where integers of 64 bits do not
        hold what the network computes."""
        rows = row_plan(weights, asked)
        network = integer_network(weights, rows.input_scale, *rows.box())
        for number, layer in enumerate(network.layers, start=1):
            if layer.reach >= 2**63:
                raise ModelTooLarge(
                    f"layer {number} computes with numbers of {layer.reach.bit_length() + 1} bits; 64 are at hand: say "
                    f"between which bounds the inputs lie with --range, or give them fewer --decimals"
                )
        return Trained(name, weights, rows, network, class_names(weights) if weights.task == "class" else None)

    def describe(self) -> str:
        """Shape, scales and the instance's hash, for a comment at the head of a file."""
        digest = self.weights.instance_sha256
        source = [] if digest is None else [f"instance {digest[:16]}"]
        return "; ".join(["-".join(map(str, self.network.widths())), *self.scales(), *source])

    def scales(self) -> list[str]:
        """What is not in its own unit, in words."""
        network = self.network
        pairs = (("inputs", network.input_scale), ("outputs", network.output_scale))
        return [f"{what} are whole numbers of 1/{scale}" for what, scale in pairs if scale != 1]


@dataclass(frozen=True)
class Written:
    """``files``: the content of each file by its suffix, the one asked for first. ``remarks``: for the user."""

    files: dict[str, bytes]
    remarks: tuple[str, ...] = ()
