"""Families of instances: hard problems written as discrete network training, and data to train on.

One module is one construction: ``generate(problem, ...)`` gives the instance, ``decode(problem, weights)`` the solution
of the source problem that its weights stand for, checked against the problem. ``catalogue`` lists them all.
"""
