
Value of objective function: 4.00000000

Actual values of the variables:
w.1.0.0                         2
a.name.that.is.rather.long            1
b.1.0                          -2
zero                            0

Actual values of the constraints:
r1                              7
r2                              3
r3                             -2
