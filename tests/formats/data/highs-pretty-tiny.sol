Columns
    Index Status        Lower        Upper       Primal         Dual  Type        Name
        0                   0            3            2               Integer     w.1.0.0
        1                   0            2            1               Integer     a.name.that.is.rather.long
        2                  -3           -1           -1               Integer     b.1.0
        3                   0            1           -0               Integer     zero
Rows
    Index Status        Lower        Upper       Primal         Dual  Name
        0                   7          inf            7               r1
        1                -inf            3            2               r2
        2                  -4          inf           -1               r3

Model status: Optimal

Objective value: 4
Objective bound: 4
MIP rel gap: 0%
