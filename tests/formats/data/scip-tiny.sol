solution status: optimal solution found
objective value:                                    4
b.1.0                                              -1 	(obj:0)
a.name.that.is.rather.long                          1 	(obj:2)
w.1.0.0                                             2 	(obj:1)
