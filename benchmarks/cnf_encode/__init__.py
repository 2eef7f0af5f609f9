"""How fast the CNF encoder is, and what sharing partial sums across samples saves."""
