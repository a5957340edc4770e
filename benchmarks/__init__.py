"""Measurements, printed as tables and never asserted."""
