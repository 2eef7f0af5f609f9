Optimal - objective value 4.00000000
      0 w.1.0.0                                  2                       1
      1 a.name.that.is.rather.long               1                       2
      2 b.1.0                                   -1                       0
      3 zero                                     0                       7
