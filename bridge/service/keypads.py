"""Downgrade protection of readers with a keypad (SEC-81, DOWN-01).

A reader that once asked for the PIN itself must go on doing so; that it no longer can may be the
work of somebody who wants to see the PIN.
Typing it then needs a deliberate choice, each time, unless the user wants to be asked no more for
this reader.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import structlog

from bridge.domain.audit import Action
from bridge.errors import KeypadBypassRefused
from bridge.ports.keypads import KnownKeypad
from bridge.ports.prompt import TypingChoice

if TYPE_CHECKING:
    from bridge.ports.audit import Auditor
    from bridge.ports.store import Store

_PLACE: Final = re.compile(r"(?: \d\d){1,2}\s*$")
"""How PC/SC counts several readers of one kind; it changes with the socket they are put in."""
_MOST_CHARACTERS: Final = 60
"""A PKCS#11 library cuts names a little later."""

log = structlog.get_logger()


class KeypadWatch:
    """Knows which readers had a keypad, and what the user chose."""

    def __init__(self, store: Store, audit: Auditor) -> None:
        """Remember in ``store``."""
        self._store = store
        self._audit = audit

    async def used(self, reader: str) -> None:
        """Remember that a reader has a keypad; a choice made before is over then.

        Raises:
            StoreError: it cannot be kept.
        """
        known = await self._known(reader)
        if known is None or known.may_be_typed:
            await self._keep(KnownKeypad(reader=_name(reader)))

    async def is_missed(self, reader: str) -> bool:
        """Tell whether a reader without a keypad had one before, and nobody chose to do without.

        Raises:
            StoreError: that cannot be read.
        """
        known = await self._known(reader)
        return known is not None and not known.may_be_typed

    async def chosen(self, reader: str, choice: TypingChoice, *, client_id: str) -> None:
        """Take the user's choice.

        Raises:
            KeypadBypassRefused: she does not type the PIN.
            StoreError: her choice cannot be kept.
        """
        self._audit.record(Action.KEYPAD_BYPASSED, result=choice.value, client=client_id)
        log.warning("keypad.missed", code=choice.value, client=client_id)
        if choice is TypingChoice.NO:
            raise KeypadBypassRefused
        if choice is TypingChoice.ALWAYS:
            await self._keep(KnownKeypad(reader=_name(reader), may_be_typed=True))

    async def _known(self, reader: str) -> KnownKeypad | None:
        return await self._store.read(lambda unit: unit.keypads.get(_name(reader)))

    async def _keep(self, keypad: KnownKeypad) -> None:
        await self._store.write(lambda unit: unit.keypads.put(keypad))


def _name(reader: str) -> str:
    return _PLACE.sub("", reader)[:_MOST_CHARACTERS].rstrip()
