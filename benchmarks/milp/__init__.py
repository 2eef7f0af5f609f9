"""Our big-M model against the textbook one, in the same MILP solvers."""
