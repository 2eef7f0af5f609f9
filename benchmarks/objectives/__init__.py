"""The lightest networks that fit digits, beside the plain CP-SAT model of the same question."""
