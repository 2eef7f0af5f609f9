Problem:    none
Rows:       4
Columns:    4 (4 integer, 1 binary)
Non-zeros:  9
Status:     INTEGER EMPTY
Objective:  loss = inf (MINimum)

