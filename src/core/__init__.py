"""The domain: pure functions and values, no I/O. Time, ids and randomness come in as arguments."""
