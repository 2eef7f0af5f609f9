"""How much work a step is, in nominal microseconds: what schedules count instead of reading a clock.

The constants are those of one core of 2024. That they are off by a factor elsewhere does not matter as long as the
steps compare."""

CALL = 30.0
"""The evaluation of a unit, however few the samples are."""

ELEMENT = 2.5e-4
"""An element of an array that is added, multiplied or compared."""

PRODUCT = 3e-5
"""A product in a matrix product."""
