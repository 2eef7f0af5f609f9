Problem:    tiny
Rows:       3
Columns:    4 (4 integer, 1 binary)
Non-zeros:  6
Status:     INTEGER EMPTY
Objective:  loss = 0 (MINimum)

   No.   Row name        Activity     Lower bound   Upper bound
------ ------------    ------------- ------------- -------------
     1 r1                          0            70               
     2 r2                          0                           3 
     3 r3                          0            -4               

   No. Column name       Activity     Lower bound   Upper bound
------ ------------    ------------- ------------- -------------
     1 w.1.0.0      *              0             0             3 
     2 a.name.that.is.rather.long
                    *              0             0             2 
     3 b.1.0        *              0            -3            -1 
     4 zero         *              0             0             1 

Integer feasibility conditions:

KKT.PE: max.abs.err = 0.00e+00 on row 0
        max.rel.err = 0.00e+00 on row 0
        High quality

KKT.PB: max.abs.err = 7.00e+01 on row 1
        max.rel.err = 9.86e-01 on row 1
        SOLUTION IS INFEASIBLE

End of output
