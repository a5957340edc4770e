"""Say more exactly why a library cannot use the card.

PKCS#11 has no words for a card that another program holds, one that is not activated, or a card
service that stopped.
"""

from __future__ import annotations

from contextlib import suppress

from bridge.adapters.pcsc.api import Pcsc, load_scard
from bridge.adapters.pcsc.card import EidCard
from bridge.adapters.pcsc.connection import opened
from bridge.errors import CardError, CardInUse, CardNotActivated, CardServiceStopped


def explained(error: CardError) -> CardError:
    """Give a better error than the library's, or that one again; never raises.

    Args:
        error: What the library's answer was taken for.
    """
    pcsc = Pcsc(load_scard())
    if not pcsc.is_installed:
        return error
    try:
        for name in pcsc.readers():
            with suppress(CardError):
                better = _obstacle(pcsc, name)
                if better is not None:
                    return better
    except CardServiceStopped as stopped:
        return stopped
    except CardError:
        return error
    finally:
        pcsc.release()
    return error


def _obstacle(pcsc: Pcsc, name: str) -> CardError | None:
    try:
        with opened(pcsc, name) as connection, connection.transaction():
            EidCard(connection).select()
    except (CardInUse, CardNotActivated) as error:
        return error
    return None
