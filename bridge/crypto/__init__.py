"""Algorithms, certificates and trust; no I/O."""
