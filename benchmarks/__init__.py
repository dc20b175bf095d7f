"""Benchmarks: run as modules from the checkout."""
