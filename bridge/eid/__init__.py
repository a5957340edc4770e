"""The Belgian eID as bytes: commands, files, identity, register signatures; no I/O.

Symmetrical: what reads the card's answers here also lets the sandbox play a card.
Source: *Belgian eID card*.
"""
