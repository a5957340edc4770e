"""The Windows product, built on Linux: program folder, installers, signatures.

Source: *Desktop packaging* 0, 2 and 3; decision D31.
"""
