"""The played platform: services that verify what they get, a PKI, cards and people of its own.

Part of the simulator build only (D2); nothing but the composition root may import it.
Source: *STS session* 18, *style anchors* 10.
"""
