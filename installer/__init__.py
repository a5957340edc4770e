"""What is shipped: the two builds of the one tree, and what each may contain.

Freezing, signing and the bill of materials join here.
"""
