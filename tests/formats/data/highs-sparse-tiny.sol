Model status
Optimal

# Primal solution values
Feasible
Objective 4
Objective_bound 4
MIP_rel_gap 0
# Columns -3 sparse
w.1.0.0 2 0
a.name.that.is.rather.long 1 1
b.1.0 -1 2
