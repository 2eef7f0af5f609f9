"""The version of the package: pyproject.toml, results and `dnnt --version` read it here."""

__version__ = "0.1.0"
