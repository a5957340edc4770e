"""Readers and cards through PC/SC: the only package that imports ``smartcard``.

Source: *Belgian eID card* 2, 6 to 8 and 12 to 14.
"""
