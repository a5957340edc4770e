"""Composition root: the only package that knows every concrete class.

It reads settings, builds adapters (or the sandbox), hands ports to services and services to the
API, and owns start order, stop order and signals.
No business rule lives here.
"""
