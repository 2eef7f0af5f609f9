"""Proofs of unsatisfiability, checked by somebody who did not write them."""
