"""Model files for other people's solvers, and what those solvers write back."""
