"""The linear encoder: half-reified integer rows, for CP-SAT as they are and for MILP after lowering."""

from dnnt_encode.encoders.linear.encoder import LinearSize, encode_linear, linear_size
from dnnt_encode.encoders.linear.options import MILP_OPTIONS, LinearOptions

__all__ = ["MILP_OPTIONS", "LinearOptions", "LinearSize", "encode_linear", "linear_size"]
