"""Trained networks out, as programs and files of other tools; float models in, as weights to start from."""
