"""Models as flat arrays: what encoders write and what solvers, writers and decoders read."""
