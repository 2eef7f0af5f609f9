"""Encoders: from an instance to a model."""
