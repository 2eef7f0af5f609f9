"""Networks without hidden layers: branch and bound against CP-SAT and glucose42, `python -m benchmarks.one_layer`."""
