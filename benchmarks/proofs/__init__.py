"""Proofs of optimality: an earlier version, this one, CP-SAT on the textbook model; `python -m benchmarks.proofs`."""
