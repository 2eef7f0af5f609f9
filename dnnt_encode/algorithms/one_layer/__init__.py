"""Networks without a hidden layer, to proven optimality: branch and bound over supports and weights.

One output unit of such a network is a scoring system: every input has a few allowed weights, and a sum decides. The
search (``search``) chooses which inputs get a weight at all, then weight after weight, many nodes at once. A node is
closed by a bound on the loss of everything below it (``stepped``, ``direct``), over all biases together.
"""
