"""What the classifier and the regressor of networks share: parameters, and the call of the solver."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from dnnt_encode.analysis.reach import out_of_reach
from dnnt_encode.analysis.view import View
from dnnt_encode.errors import DnntError, InputErrors
from dnnt_encode.estimator.base import Estimator, LearnedPairs, cores, seed_of, set_of
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.strategies import EnsembleStrategy
from dnnt_encode.parsers.option_texts import parse_widths
from dnnt_encode.solving.ledger import Incumbent
from dnnt_encode.solving.result import Result
from dnnt_encode.solving.solve import solve


class DiscreteNetwork(Estimator):
    """A network trained to the least loss that the solver finds in the time it gets, verified exactly.

    ``hidden`` are the widths of the hidden layers, as ``[4, 3]``, ``4`` or ``"4,3"``; ``weights`` and ``biases``
    (default: the same) the allowed values, as numbers or ``"-7..7"``. ``encode`` turns each feature into inputs (see
    ``dnnt_encode.parsers.encodings``): ``median`` by default, ``none`` for the numbers as they are. A float means the
    decimal that ``repr`` shows; the numbers of a feature that is encoded by ``none`` are rounded, with a warning, where
    they have decimals past ``digits`` significant digits of the largest, unless that is None. Texts and pandas'
    categories become one input a category. ``missing`` says what happens to NaN, None, masked entries and pandas' NA:
    ``error``, ``median`` or ``mode``. ``backend``, ``time_limit`` (seconds, for ``fit``) are those of ``solve``.
    ``n_jobs``: processor cores, None for one, -1 for all, -2 for all but one; ``random_state``: a seed, one of numpy's
    generators to draw it from, or None. ``verbose``: 1 prints every better loss and the result, 2 the solvers' logs,
    too.

    After ``fit``: ``weights_``, ``loss_`` (exact), ``result_`` (how sure it is), ``instance_``, ``n_features_in_``, and
    ``feature_names_in_`` where features had names. The samples of the instance are the distinct rows with their
    multiplicities; where rows have weights that are no integers, these count in the largest unit of which all weights
    are whole multiples, and so do the losses of ``result_``. The names and the order of a data frame's columns are
    checked then, as scikit-learn does.
    """

    hidden: Sequence[int] | int | str
    weights: Any
    biases: Any
    activation: str
    loss: str
    backend: str
    time_limit: float | None
    n_jobs: int | None
    random_state: Any
    verbose: int

    def _solve(
        self,
        encoded: LearnedPairs,
        target: dict[str, Any] | None,
        strategy: EnsembleStrategy | None = None,
        **options: Any,
    ) -> None:
        """Train; ``target`` is the record of the target, where it has one; ``strategy``: for an ensemble."""
        instance = Instance.from_arrays(
            encoded.inputs,
            encoded.targets,
            hidden=self._widths(),
            weights=set_of(self.weights),
            biases=set_of(self.biases),
            activation=self.activation,
            loss=self.loss,
            multiplicity=encoded.counts,
            name=type(self).__name__,
            **options,
        )
        instance = self._keep(encoded, self._scaled(instance), target)
        missed = out_of_reach(View(instance))
        if missed is not None:
            warnings.warn("; ".join(missed.remarks), stacklevel=3)

        def tell(found: Incumbent) -> None:
            print(f"{found.seconds:.1f} s: loss {found.loss * encoded.unit}")

        self.result_: Result = solve(
            instance,
            backend=self.backend,
            time_limit=self.time_limit,
            threads=cores(self.n_jobs),
            seed=seed_of(self.random_state),
            strategy=strategy,
            on_incumbent=tell if self.verbose else None,
            log=print if self.verbose > 1 else None,
        )
        if self.result_.weights is None or self.result_.loss is None:
            raise DnntError(
                f"no weights were found in {self.time_limit} seconds; give it more, or learn from fewer rows"
            )
        self.weights_ = self.result_.weights
        self.loss_ = self.result_.loss * encoded.unit
        if self.verbose:
            for member in self.result_.members:
                print(f"{' or '.join(member.classes)}: {member.result}")
            bound = "-" if self.result_.bound is None else self.result_.bound * encoded.unit
            print(f"{self.result_.status}, loss {self.loss_}, bound {bound}")

    def _scaled(self, instance: Instance) -> Instance:
        """What is solved instead of an instance whose layers all have the sets of the parameters."""
        return instance

    def _widths(self) -> Sequence[int]:
        with InputErrors():
            return parse_widths(str(self.hidden)) if isinstance(self.hidden, (int, np.integer, str)) else self.hidden
