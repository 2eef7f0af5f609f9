"""Exact and heuristic methods that work on the instance itself, without a model."""
