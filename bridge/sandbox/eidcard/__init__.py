"""An eID that speaks: command by command, as a chip does, in a process of its own.

Source: *Belgian eID card* 2, 3, 6 to 8 and 17.
"""
