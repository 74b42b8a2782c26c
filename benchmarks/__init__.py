"""Benchmarks: each prints a ratio against a peer that runs in the same process or the same run."""
