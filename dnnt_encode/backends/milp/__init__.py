"""MILP solvers (SCIP, HiGHS, Gurobi) on the linear model with big-M. They compute in doubles, with tolerances."""
