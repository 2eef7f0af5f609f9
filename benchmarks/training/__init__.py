"""The trainer against scikit-learn on data of real size: `python -m benchmarks.training`."""
