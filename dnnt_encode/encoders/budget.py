"""How far a walk of an encoder may go."""


class Enough(Exception):
    """A walk has spent its budget; what was written until then is the beginning of the model."""
