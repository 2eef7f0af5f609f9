c Problem:    tiny
c Rows:       4
c Columns:    4
c Non-zeros:  9
c Status:     INTEGER OPTIMAL
c Objective:  loss = 4 (MINimum)
c
s mip 4 4 o 4
i 1 4
i 2 7
i 3 2
i 4 -1
j 1 2
j 2 1
j 3 -1
j 4 0
e o f
