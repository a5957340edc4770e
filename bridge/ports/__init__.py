"""Ports: the few things the protocol core cannot do, as protocols with a contract each."""
