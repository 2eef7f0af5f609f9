"""Errors and warnings of the classes that scikit-learn's tools expect: its own where it is loaded, else ours of the
same bases. scikit-learn is never imported here."""

from __future__ import annotations

import sys
import warnings
from typing import Any

from dnnt_encode.errors import InputError


class WrongType(InputError, TypeError):
    """Bad input of a kind that no value makes right."""


class _NotFitted(InputError, AttributeError):
    """A method that needs ``fit`` was called before it."""


def not_fitted(message: str) -> InputError:
    """An error that is an InputError, a ValueError, an AttributeError, and scikit-learn's NotFittedError."""
    known = getattr(sys.modules.get("sklearn.exceptions"), "NotFittedError", None)
    if known is None:
        return _NotFitted(message)
    error: InputError = type("NotFitted", (_NotFitted, known), {"__doc__": _NotFitted.__doc__})(message)
    return error


def warn_column_vector() -> None:
    """Tells that targets of shape [n, 1] were taken for [n]."""
    category: Any = getattr(sys.modules.get("sklearn.exceptions"), "DataConversionWarning", UserWarning)
    warnings.warn(
        "A column-vector y was passed when a 1d array was expected; y of shape [n] is needed", category, stacklevel=4
    )
