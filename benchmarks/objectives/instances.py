"""Ten outputs of sign units on the 64 pixels of scikit-learn's digits, ternary weights, no biases: the set-up of Toro
Icarte et al. (CP 2019) without hidden layers. The samples are the first k images of each class, the target +1 for the
output of the class and -1 for all others, and all of them are to be fitted."""

from dataclasses import dataclass

import numpy as np

import dnnt_encode
from dnnt_encode.library.tables import DataMissing


@dataclass(frozen=True)
class Spec:
    """``images``: of each class."""

    images: int

    @property
    def name(self) -> str:
        return f"digits-64-10-{self.images}"

    def build(self) -> dnnt_encode.Instance:
        try:
            from sklearn.datasets import load_digits
        except ImportError:
            raise DataMissing("scikit-learn is not installed") from None
        data = load_digits()
        rows = np.sort(np.concatenate([np.flatnonzero(data.target == label)[: self.images] for label in range(10)]))
        targets = np.where(np.arange(10) == data.target[rows][:, None], 1, -1)
        return dnnt_encode.Instance.from_arrays(
            data.data[rows].astype(np.int64),
            targets,
            hidden=[],
            weights=[-1, 0, 1],
            biases=[0],
            loss="zero_one",
            output_activation="sign",
            threshold=0,
            name=self.name,
        )


SPECS = tuple(Spec(images) for images in (1, 3, 5))
QUICK = ("digits-64-10-1",)
