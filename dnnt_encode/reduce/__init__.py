"""Instances that stand for another one, or for a part of it, with the way back for assignments."""

from __future__ import annotations

from dnnt_encode.reduce.reduced import Step

STEPS: tuple[Step, ...] = ()
"""The steps that are taken before an instance is encoded, in order."""
