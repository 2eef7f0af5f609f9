Model status
Optimal

# Primal solution values
Feasible
Objective 4
Objective_bound 4
MIP_rel_gap 0
# Columns 4
w.1.0.0 2
a.name.that.is.rather.long 1
b.1.0 -1
zero 0
# Rows 3
r1 7
r2 2
r3 -1

# Dual solution values
None

# Basis
HiGHS_basis_file v2
None
