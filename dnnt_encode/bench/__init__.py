"""Programs side by side on many instances: each run a process of its own, measured, kept as a line of a file."""
