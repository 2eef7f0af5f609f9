Infeasible - objective value 45.66666667
      0 w.1.0.0                                  3             -0.33333333
**       1 a.name.that.is.rather.long       21.333333                       0
**       2 b.1.0                            18.333333                       0
      3 zero                                     0                       7
