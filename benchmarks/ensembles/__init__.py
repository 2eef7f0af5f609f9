"""Ensembles of small networks on few images of each digit, beside what was published for the scheme."""
