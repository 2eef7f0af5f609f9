c Problem:    tiny
c Rows:       3
c Columns:    4
c Non-zeros:  6
c Status:     INTEGER OPTIMAL
c Objective:  loss = 4 (MINimum)
c
s mip 3 4 o 4
i 1 7
i 2 3
i 3 -2
j 1 2
j 2 1
j 3 -2
j 4 0
e o f
