"""Models out to the files of other people's solvers, and what those solvers found back in: evidence, weighed."""
