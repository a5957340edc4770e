"""Ask a card that another library uses for its PIN tries, which most libraries do not tell.

Nothing on the card is changed, not even the selected file.
"""

from __future__ import annotations

from contextlib import suppress

from bridge.adapters.pcsc.api import Pcsc, load_scard
from bridge.adapters.pcsc.card import EidCard
from bridge.adapters.pcsc.connection import is_ok, opened
from bridge.eid.apdu import GET_CARD_DATA
from bridge.eid.carddata import CardData
from bridge.errors import CardError


def tries_left(reader: str) -> int | None:
    """Give the PIN tries left on the card in a reader; ``None`` where it does not tell.

    Args:
        reader: Name of the reader; some libraries cut a long name.
    """
    pcsc = Pcsc(load_scard())
    try:
        with suppress(CardError):
            name = _whole_name(reader.strip(), pcsc.readers())
            return None if name is None else _ask(pcsc, name)
        return None
    finally:
        pcsc.release()


def _whole_name(reader: str, names: list[str]) -> str | None:
    """Give the reader that is meant; where two could be, none."""
    if reader in names:
        return reader
    fitting = [name for name in names if name.startswith(reader)]
    return fitting[0] if len(fitting) == 1 else None


def _ask(pcsc: Pcsc, name: str) -> int | None:
    with opened(pcsc, name) as connection, connection.transaction():
        answer = connection.transmit(GET_CARD_DATA)
        if not is_ok(answer):
            return None
        return EidCard(connection).tries_left(CardData.parse(answer.data))
