"""One side on one instance, printed as the JSON of a run whose loss is the weight: ours, or the plain model.

z[s, k] = sum_i w[k, i] x[s, i]        at least 0 where the target is +1, at most -1 where it is -1
minimise sum_k,i |w[k, i]|             AddAbsEquality
"""

import argparse
import json

import dnnt_encode

WORKERS = 8


def ours(instance: dnnt_encode.Instance, limit: float, threads: int, seed: int) -> dict[str, object]:
    found = dnnt_encode.solve(
        instance, objective="loss,weight", time_limit=limit, threads=threads, seed=seed if threads == 1 else None
    )
    last = found.stages[-1].to_dict()
    return {"status": found.status, "loss": last["value"], "bound": last["bound"], "threshold": None}


def plain(instance: dnnt_encode.Instance, limit: float, threads: int, seed: int) -> dict[str, object]:
    # Not at the top: our side has no use for it.
    from ortools.sat.python import cp_model

    model, solver = cp_model.CpModel(), cp_model.CpSolver()
    x, y = instance.dataset.x.numerators.tolist(), instance.dataset.y.numerators.tolist()  # type: ignore[union-attr]
    weight = []
    for k in range(len(y[0])):
        w = [model.new_int_var(-1, 1, f"w_{k}_{i}") for i in range(len(x[0]))]
        for row, target in zip(x, y, strict=True):
            z = sum(value * each for value, each in zip(row, w, strict=True) if value)
            model.add(z >= 0) if target[k] > 0 else model.add(z <= -1)
        for each in w:
            size = model.new_int_var(0, 1, "")
            model.add_abs_equality(size, each)
            weight.append(size)
    model.minimize(sum(weight))
    solver.parameters.max_time_in_seconds = limit
    solver.parameters.num_workers = WORKERS if threads > 1 else 1
    solver.parameters.random_seed = seed
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return {"status": "UNKNOWN", "loss": None, "bound": None, "threshold": None}
    proved = status == cp_model.OPTIMAL
    bound = round(solver.best_objective_bound)
    word = "OPTIMUM FOUND" if proved else "SATISFIABLE"
    return {"status": word, "loss": round(solver.objective_value), "bound": bound, "threshold": None}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.objectives.run")
    parser.add_argument("side", choices=["ours", "plain"])
    parser.add_argument("file")
    parser.add_argument("--time-limit", type=float, default=60.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="as it is printed in any case")
    options = parser.parse_args()
    side = {"ours": ours, "plain": plain}[options.side]
    print(json.dumps(side(dnnt_encode.load(options.file), options.time_limit, options.threads, options.seed)))


if __name__ == "__main__":
    main()
