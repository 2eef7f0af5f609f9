"""From an instance to a verified result."""
