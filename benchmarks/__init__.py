"""Measurements against other ways to the same answers; run from the root of the project."""
