Problem:    tiny
Rows:       4
Columns:    4 (4 integer, 1 binary)
Non-zeros:  9
Status:     INTEGER OPTIMAL
Objective:  loss = 4 (MINimum)

   No.   Row name        Activity     Lower bound   Upper bound
------ ------------    ------------- ------------- -------------
     1 loss                        4                             
     2 r1                          7             7               
     3 r2                          2                           3 
     4 r3                         -1            -4               

   No. Column name       Activity     Lower bound   Upper bound
------ ------------    ------------- ------------- -------------
     1 w.1.0.0      *              2             0             3 
     2 a.name.that.is.rather.long
                    *              1             0             2 
     3 b.1.0        *             -1            -3            -1 
     4 zero         *              0             0             1 

Integer feasibility conditions:

KKT.PE: max.abs.err = 0.00e+00 on row 0
        max.rel.err = 0.00e+00 on row 0
        High quality

KKT.PB: max.abs.err = 0.00e+00 on row 0
        max.rel.err = 0.00e+00 on row 0
        High quality

End of output
