"""Take the verified state from a card that another library has logged in to.

OpenSC's log-out does not reach the card, and any program could sign afterwards
(*Belgian eID card* 14).
"""

from __future__ import annotations

from contextlib import suppress

from bridge.adapters.pcsc.api import Pcsc, load_scard
from bridge.adapters.pcsc.card import EidCard
from bridge.adapters.pcsc.connection import opened
from bridge.errors import CardError


def log_off(reader: str) -> None:
    """Log the card in a reader out; without card or reader there is nothing to do.

    Args:
        reader: Name of the reader, as PC/SC and PKCS#11 call it; longer names are cut by some
            libraries, so every reader whose name begins so is meant.
    """
    pcsc = Pcsc(load_scard())
    try:
        with suppress(CardError):
            for name in pcsc.readers():
                if name.startswith(reader.strip()):
                    _log_off(pcsc, name)
    finally:
        pcsc.release()


def _log_off(pcsc: Pcsc, name: str) -> None:
    with suppress(CardError), opened(pcsc, name) as connection, connection.transaction():
        EidCard(connection).log_off()
