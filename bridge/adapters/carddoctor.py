"""Port ``CardDoctor``: readers, drivers, libraries and other programs, looked at together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import structlog

from bridge.adapters.cardthread import CardThread
from bridge.adapters.pcsc.doctor import examine_readers
from bridge.adapters.pcsc.users import card_users
from bridge.adapters.pkcs11.inspect import module_facts
from bridge.ports.card import CardReader
from bridge.ports.doctor import CardEnvironment

log = structlog.get_logger()


class SystemDoctor:
    """Examines this computer."""

    def __init__(
        self,
        *,
        scard: Any | None,
        thread: CardThread,
        reader: CardReader,
        modules: Callable[[], Sequence[Path]],
        worker: Sequence[str],
        signing: str,
        children: Callable[[], Iterable[int | None]] = tuple,
    ) -> None:
        """Keep what is looked at.

        Args:
            scard: The library of ``load_scard``, or a ``DriverProcess`` in its place.
            thread: The card thread.
            reader: Gives service, readers and cards.
            modules: Gives the PKCS#11 libraries that may be used, best first.
            worker: Starts a worker that tries a library.
            signing: The setting ``card.signing``.
            children: Gives the numbers of our processes that use cards, which are no others.
        """
        self._scard = scard
        self._thread = thread
        self._reader = reader
        self._modules = modules
        self._worker = worker
        self._signing = signing
        self._children = children

    async def examine(self) -> CardEnvironment:
        """Look at everything again; never raises."""
        snapshot = self._reader.snapshot()
        drivers = await examine_readers(self._scard, snapshot, thread=self._thread)
        found = list(self._modules())
        chosen = found[0] if found else None
        ours = [number for number in self._children() if number is not None]
        return CardEnvironment(
            snapshot=snapshot,
            drivers=drivers,
            modules=await module_facts(found, command=self._worker, chosen=chosen),
            signing=self._signing,
            users=await asyncio.to_thread(card_users, children=ours),
        )
