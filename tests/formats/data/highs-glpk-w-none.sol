c Problem:    none
c Rows:       4
c Columns:    4
c Non-zeros:  9
c Status:     INTEGER EMPTY
c Objective:  loss = inf (MINimum)
c
s mip 4 4 n inf
