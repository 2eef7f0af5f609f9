"""The linear encoder: half-reified integer rows, for CP-SAT as they are and for MILP after lowering."""

from dnnt_encode.encoders.linear.encoder import begin_linear, encode_linear
from dnnt_encode.encoders.linear.size import LinearSize, linear_size
from dnnt_encode.encoders.options import LinearOptions

__all__ = ["LinearOptions", "LinearSize", "begin_linear", "encode_linear", "linear_size"]
