"""SAT against CP-SAT: time to the proof of the optimum, and to its checked certificate."""
