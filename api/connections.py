"""Connections: how many there may be, of whom, and how long one may keep us waiting.

Source: *Local API security* 17; DOS-01.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

Address = tuple[str, int]
ProcessOf = Callable[[Address, Address], int | None]
"""Gives the process at the client's end of a connection, by its own and by our address.

It is asked on a thread; ``None`` where the system does not tell."""


@dataclass(frozen=True, kw_only=True)
class WireLimits:
    """The limits of the specification; tests shorten them.

    Attributes:
        most: Connections in total.
        most_per_process: Connections of one client process.
        reserved: The last places, for processes that have few: so the console always gets in.
        few: How many connections such a process may have.
        idle_s: A connection on which nothing comes.
        header_s: From the first byte of a request to the end of its header.
        body_s: A body.
    """

    most: int = 64
    most_per_process: int = 16
    reserved: int = 4
    few: int = 2
    idle_s: float = 15
    header_s: float = 5
    body_s: float = 30


class Connection(Protocol):
    """One accepted connection."""

    def drop(self) -> None:
        """Close it at once, without an answer."""
        ...


@dataclass(eq=False)
class _Held:
    connection: Connection
    client: Address
    server: Address
    is_reserved: bool
    process: int | None = None
    looking: asyncio.Task[None] | None = field(default=None, repr=False)


class ConnectionBook:
    """Counts the connections of one server; used on its loop alone."""

    def __init__(self, limits: WireLimits, *, process_of: ProcessOf | None = None) -> None:
        """Start without connections; without ``process_of`` only the total is limited."""
        self.limits = limits
        self._process_of = process_of
        self._held: dict[Connection, _Held] = {}
        self._by_process: Counter[int] = Counter()
        self._last_look: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        """Give how many there are."""
        return len(self._held)

    def admit(self, connection: Connection, client: Address, server: Address) -> bool:
        """Take a connection, or refuse it because there are too many.

        Whose they are is asked only when there are so many that it matters, since that is a search
        through the system; it comes out a moment later, and one too many of a process is dropped.
        """
        limits = self.limits
        if len(self._held) >= limits.most:
            return False
        is_reserved = len(self._held) >= limits.most - limits.reserved
        self._held[connection] = _Held(connection, client, server, is_reserved)
        if len(self._held) > min(limits.most_per_process, limits.most - limits.reserved):
            self._look_at_all()
        return True

    def _look_at_all(self) -> None:
        if self._process_of is None:
            return
        for held in self._held.values():
            if held.looking is None:
                look = self._look(held, self._last_look)
                self._last_look = held.looking = asyncio.get_running_loop().create_task(look)

    def leave(self, connection: Connection) -> None:
        """Forget a connection that is over; nothing happens when it was refused."""
        held = self._held.pop(connection, None)
        if held is None:
            return
        if held.looking is not None:
            held.looking.cancel()
        if held.process is not None:
            self._by_process[held.process] -= 1

    async def settle(self) -> None:
        """Wait until it is known of every connection whose it is."""
        looking = [held.looking for held in self._held.values() if held.looking is not None]
        await asyncio.gather(*looking, return_exceptions=True)

    async def _look(self, held: _Held, earlier: asyncio.Task[None] | None) -> None:
        """Find whose it is; of those too many the newest is dropped, not the last one found."""
        if self._process_of is None:
            return
        process = await asyncio.to_thread(self._process_of, held.client, held.server)
        if earlier is not None:
            await asyncio.wait([earlier])
        if process is not None:
            held.process = process
            self._by_process[process] += 1
        count = 0 if process is None else self._by_process[process]
        limits = self.limits
        is_stranger = held.is_reserved and (process is None or count > limits.few)
        if count > limits.most_per_process or is_stranger:
            held.connection.drop()
