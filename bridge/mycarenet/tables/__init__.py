"""Code lists and compact schemas as tables."""
