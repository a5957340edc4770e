"""Containers and record formats: bytes to bytes, without any meaning of their own."""
