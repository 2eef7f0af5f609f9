c clasp version 3.3.5
c Reading from tiny.opb
c Solving...
o 9
o 3
c Answer: 2
v x1 x2 -x3 -x4
s OPTIMUM FOUND
c 
c Models         : 2
c   Optimum      : yes
c Optimization   : 3
c Calls          : 1
c Time           : 0.005s (Solving: 0.00s 1st Model: 0.00s Unsat: 0.00s)
c CPU Time       : 0.000s
