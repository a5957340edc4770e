"""Windows that ask a person; each is a short-lived process of its own (D9).

Only ``child`` is imported before Tk is known to be there.
"""
