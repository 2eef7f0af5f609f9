"""Files in, files out: instances and weights as JSON, tables as CSV."""

from dnnt_encode.parsers.instance_json import load_instance, save_instance
from dnnt_encode.parsers.weights_json import load_weights, save_weights, weights_json

__all__ = ["load_instance", "load_weights", "save_instance", "save_weights", "weights_json"]
