"""Our own algorithms on the instance itself, as backends: always there, and light enough for a thread."""
