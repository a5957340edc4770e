"""One examination of this computer's readers, cards and libraries, without a daemon."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import Final

from bridge.adapters.clock import SystemClock
from bridge.daemon.cards import CardWays, card_ways
from bridge.domain.cards import CardKind
from bridge.domain.health import HealthCheck
from bridge.eid.files import EidFile
from bridge.eid.holder import CardChain
from bridge.errors import CardError
from bridge.ports.card import CardReader
from bridge.service.doctor import card_checks
from bridge.settings import CardSettings

_CERTIFICATE: Final = frozenset({EidFile.AUTHENTICATION_CERTIFICATE})
_GLANCES: Final = 40
_GLANCE_S: Final = 0.05
_LANGUAGE: Final = "en"
"""A keypad would speak it; an examination never asks for a PIN."""


def examine(settings: CardSettings) -> list[HealthCheck]:
    """Look once and give what was found; never raises for what it finds."""
    return asyncio.run(_examine(settings))


async def _examine(settings: CardSettings) -> list[HealthCheck]:
    clock = SystemClock()
    ways = card_ways(settings, clock=clock, language=_LANGUAGE)
    await ways.reader.start()
    try:
        await _settled(ways.reader)
        until = await _card_until(ways.reader)
        environment = await ways.doctor.examine() if ways.doctor else None
        return card_checks(ways.reader.snapshot(), environment, card_until=until, now=clock.now())
    finally:
        await _close(ways)


async def _settled(reader: CardReader) -> None:
    """Give cards a moment to say what they are."""
    for _ in range(_GLANCES):
        cards = [each.card for each in reader.snapshot().readers if each.card is not None]
        if all(card.kind is not CardKind.EID or card.applet for card in cards):
            return
        await asyncio.sleep(_GLANCE_S)


async def _card_until(reader: CardReader) -> datetime | None:
    """Read how long the first eID can be used; nothing else of it is read."""
    for each in reader.snapshot().readers:
        if each.card is not None and each.card.kind is CardKind.EID:
            with suppress(CardError):
                files = await reader.read(each.id, _CERTIFICATE)
                leaf = CardChain.of(files).leaf
                return None if leaf is None else leaf.not_after
    return None


async def _close(ways: CardWays) -> None:
    await ways.reader.close()
    for close in ways.closers:
        await close()
