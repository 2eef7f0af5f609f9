"""The library of instances: how its index is made, how its records were set, and the benchmark that runs on it."""
