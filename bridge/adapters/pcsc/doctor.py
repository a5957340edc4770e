"""What the doctor asks readers; cards are not asked anything."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from bridge.adapters.cardthread import CardThread
from bridge.adapters.pcsc.api import DIRECT, Pcsc
from bridge.adapters.pcsc.attributes import driver_name
from bridge.domain.cards import ReaderKind, ReaderSnapshot, ReaderState
from bridge.errors import CardError

_LIMIT_S: Final = 5


async def examine_readers(
    scard: Any | None,
    snapshot: ReaderSnapshot,
    *,
    thread: CardThread,
) -> dict[str, str]:
    """Name the driver or firmware of each reader that tells it; never raises.

    A reader whose card another program holds for itself tells nothing.

    Args:
        scard: The library of ``load_scard``, or a ``DriverProcess`` in its place.
        snapshot: Which readers there are.
        thread: The card thread.

    Returns:
        Identifier of the reader to name.
    """
    readers = [each for each in snapshot.readers if each.kind is ReaderKind.PHYSICAL]
    try:
        return await thread.run(partial(_ask_all, scard, readers), limit_s=_LIMIT_S)
    except CardError:
        return {}


def _ask_all(scard: Any | None, readers: list[ReaderState]) -> dict[str, str]:
    pcsc = Pcsc(scard)
    try:
        told = {reader.id: _ask(pcsc, reader.name) for reader in readers}
    finally:
        pcsc.release()
    return {reader_id: name for reader_id, name in told.items() if name is not None}


def _ask(pcsc: Pcsc, reader: str) -> str | None:
    try:
        # The connection is to the reader itself: a card in it is neither powered nor reset.
        handle = pcsc.connect(reader, mode=DIRECT)
    except CardError:
        return None
    try:
        return driver_name(pcsc, handle)
    finally:
        pcsc.disconnect(handle)
