"""The visible part of the daemon: it owns the main thread and decides nothing.

Icon, menu and windows have their own issue; until then the main thread waits for the end.
"""
