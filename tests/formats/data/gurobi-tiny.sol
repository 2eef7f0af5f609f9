# Solution for model tiny
# Objective value = 4
w.1.0.0 2
a.name.that.is.rather.long 1
b.1.0 -1
zero 0
