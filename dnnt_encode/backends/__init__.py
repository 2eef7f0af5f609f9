"""Solvers behind one protocol: what each can do is declared, never probed by failure."""
