"""What solvers write: one style a file of this package. What a file claims is for others to judge.

HiGHS     Model status, Optimal ... # Columns 43, then ``name value`` lines       every column
HiGHS     the same with ``# Columns -9 sparse``, ``name value 3``                 a missing column is 0
HiGHS     Columns, a table, Rows, a table, Model status: Optimal                  every column
SCIP      solution status: ..., objective value: ..., ``name value (obj:1)``      a missing column is 0
CBC       Optimal - objective value 1, ``3 name value reduced-cost``              a missing column is 0
GLPK -w   c Status: ..., s mip ROWS COLUMNS o OBJECTIVE, ``j 3 value``, e o f      every column, by its number
GLPK -o   Problem: ... Status: INTEGER OPTIMAL, a table                            every column
Gurobi    # Solution for model ..., # Objective value = 1, ``name value``          every column
Gurobi    {"SolutionInfo": {"Status": 2, ...}, "Vars": [...]}                      a missing column is 0
CPLEX     <CPLEXSolution ...> <header .../> <variables> ...                        a missing column is 0
PB        s OPTIMUM FOUND, o 1, v x1 -x2 ...                                       a missing variable is free
SAT       s SATISFIABLE, v 1 -2 3 0, and its relatives (see ``sat``)               a missing variable is free
"""
