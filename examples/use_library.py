"""Train a small network on numpy arrays to proven optimality, look at its weights, and predict with it.

The data: points of a grid, class 1 inside the diamond |x| + |y| <= 1. With two hidden units some points must be wrong,
and the solver proves how many; three units say it exactly.
"""

import numpy as np

import dnnt_encode


def main() -> None:
    grid = np.arange(-2, 3)
    points = np.array([(x, y) for x in grid for y in grid])
    inside = (np.abs(points).sum(axis=1) <= 1).astype(int)

    for units in (2, 3):
        instance = dnnt_encode.Instance.from_arrays(points, inside, hidden=[units], weights=range(-2, 3))
        result = dnnt_encode.solve(instance, time_limit=60)
        print(f"{units} hidden units: {result.status}, {result.loss} of {len(points)} points wrong")

    weights = result.weights
    assert weights is not None
    for number, layer in enumerate(weights.layers, start=1):
        print(f"layer {number}: weights {layer.weights.json()}, biases {layer.biases.json()}")
    for row in weights.predict(points).reshape(len(grid), len(grid)):
        print(" ".join(".#"[label] for label in row))


if __name__ == "__main__":
    main()
