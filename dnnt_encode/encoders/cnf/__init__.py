"""The CNF encoder: clauses as int32 blocks, for SAT and MaxSAT solvers and for DIMACS files."""

from dnnt_encode.encoders.cnf.encoder import CnfSize, cnf_size, encode_cnf
from dnnt_encode.encoders.options import CnfOptions

__all__ = ["CnfOptions", "CnfSize", "cnf_size", "encode_cnf"]
