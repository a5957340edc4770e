"""Layouts, code lists and rules of electronic invoicing, as data."""
