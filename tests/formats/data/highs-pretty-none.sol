Columns
    Index Status        Lower        Upper       Primal         Dual  Type        Name
        0                   0            3                            Integer     w.1.0.0
        1                   0            2                            Integer     a.name.that.is.rather.long
        2                  -3           -1                            Integer     b.1.0
        3                   0            1                            Integer     zero
Rows
    Index Status        Lower        Upper       Primal         Dual  Name
        0                  70          inf                            r1
        1                -inf            3                            r2
        2                  -4          inf                            r3

Model status: Infeasible

Objective value: inf
