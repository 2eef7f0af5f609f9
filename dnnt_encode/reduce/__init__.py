"""Instances that stand for another one, or for a part of it, with the way back for assignments."""
