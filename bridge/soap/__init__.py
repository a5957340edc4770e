"""SOAP 1.1: the only XML parser, envelopes, faults and WS-Security."""
