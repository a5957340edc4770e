"""Billing services: our own HTTP contract, and adapters that others install."""
