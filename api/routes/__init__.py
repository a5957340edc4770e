"""Handlers of a few lines each: validate, call a service, show a model."""
