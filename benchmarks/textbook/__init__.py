"""The textbook CP-SAT model against dnnt-encode on the same instances: `python -m benchmarks.textbook`."""
