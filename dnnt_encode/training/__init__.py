"""The trainer: good parameters of networks and data of any size within seconds, better ones for as long as it runs.

``Trainer`` starts from straight-through gradient and goes on with simulated annealing in exact integers. It proves
nothing; every loss that it tells is exact.
"""

from dnnt_encode.training.trainer import Improvement, Trainer, Trying, supports

__all__ = ["Improvement", "Trainer", "Trying", "supports"]
