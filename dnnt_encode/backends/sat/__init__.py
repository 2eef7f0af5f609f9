"""SAT solvers on the CNF model: a small protocol of solvers, and the strategies written once over it."""
