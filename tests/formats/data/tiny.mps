NAME tiny FREE
ROWS
 N loss
 G r1
 L r2
 G r3
COLUMNS
 MARKER 'MARKER' 'INTORG'
 w.1.0.0 r1 2
 w.1.0.0 loss 1
 a.name.that.is.rather.long r1 3
 a.name.that.is.rather.long r2 1
 a.name.that.is.rather.long loss 2
 b.1.0 r2 -1
 b.1.0 r3 1
 zero r3 1
 zero loss 7
 MARKER 'MARKER' 'INTEND'
RHS
 RHS r1 7
 RHS r2 3
 RHS r3 -4
BOUNDS
 LO BND w.1.0.0 0
 UP BND w.1.0.0 3
 LO BND a.name.that.is.rather.long 0
 UP BND a.name.that.is.rather.long 2
 LO BND b.1.0 -3
 UP BND b.1.0 -1
 LO BND zero 0
 UP BND zero 1
ENDATA
