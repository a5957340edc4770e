"""Windows: the extended TCP table, and user and session of the process it names (SEC-102)."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PureWindowsPath
from typing import Final, Protocol

from bridge.ports.peers import Ends, PeerOwner, Program

_ROW_4: Final = struct.Struct("<I4sI4sII")
_ROW_6: Final = struct.Struct("<16sII16sIIII")
_COUNT: Final = struct.Struct("<I")
_LISTEN: Final = 2
_IDLE: Final = 0
"""Process number of connections that nobody holds any more."""


@dataclass(frozen=True)
class Row:
    """A row of the table: both ends, its state, and the process."""

    local: tuple[str, int]
    remote: tuple[str, int]
    state: int
    pid: int


@dataclass(frozen=True)
class Account:
    """Under whom a process runs: security identifier and session."""

    sid: str
    session: int


class ProcessGone(Exception):
    """There is no such process any more."""


class WindowsApi(Protocol):
    """The calls that are needed; each may raise ``OSError``."""

    def tables(self) -> tuple[bytes, bytes]:
        """Give the tables of IPv4 and IPv6 as ``GetExtendedTcpTable`` writes them."""
        ...

    def own_account(self) -> Account:
        """Give our own user and session."""
        ...

    def account_of(self, pid: int) -> Account | None:
        """Give user and session of a process; ``None`` where that is hidden from us.

        Raises:
            ProcessGone: it ended meanwhile.
        """
        ...

    def path_of(self, pid: int) -> str | None:
        """Give the file of a process, or its bare name where the file is hidden from us."""
        ...

    def is_shared(self) -> bool:
        """Tell whether it is a server edition, has two interactive sessions, or a remote one."""
        ...


class WindowsPeers:
    """Asks Windows."""

    def __init__(self, api: WindowsApi) -> None:
        """Ask through ``api``."""
        self._api = api

    def owner_of(self, ends: Ends) -> PeerOwner:
        """Tell whose process is at the client's end; another session of our user is another's."""
        try:
            row = self._row_of(ends)
            if row is None or row.pid == _IDLE:
                return PeerOwner.GONE
            account = self._api.account_of(row.pid)
            own = self._api.own_account()
        except ProcessGone:
            return PeerOwner.GONE
        except OSError:
            return PeerOwner.UNKNOWN
        if account is None:
            return PeerOwner.HIDDEN
        return PeerOwner.OURS if account == own else PeerOwner.ANOTHERS

    def program_of(self, ends: Ends) -> Program | None:
        """Give the program at the client's end; its name is known for every user's."""
        try:
            row = self._row_of(ends)
        except OSError:
            return None
        return None if row is None else self._program(row.pid)

    def listener_on(self, port: int) -> Program | None:
        """Give the program that listens on a port."""
        try:
            rows = list(self._rows())
        except OSError:
            return None
        for row in rows:
            if row.state == _LISTEN and row.local[1] == port:
                return self._program(row.pid)
        return None

    def is_shared(self) -> bool:
        """Tell whether others work on this computer; unsure means yes."""
        try:
            return self._api.is_shared()
        except OSError:
            return True

    def _row_of(self, ends: Ends) -> Row | None:
        wanted = tuple((_plain(end[0]), end[1]) for end in (ends.client, ends.server))
        for row in self._rows():
            if (row.local, row.remote) == wanted:
                return row
        return None

    def _rows(self) -> Iterator[Row]:
        table_4, table_6 = self._api.tables()
        yield from rows_4(table_4)
        yield from rows_6(table_6)

    def _program(self, pid: int) -> Program | None:
        try:
            path = self._api.path_of(pid)
        except OSError:
            return None
        return None if path is None else Program(name=PureWindowsPath(path).name, path=path)


def rows_4(table: bytes) -> Iterator[Row]:
    """Read a ``MIB_TCPTABLE_OWNER_PID``."""
    for place in _places(table, _ROW_4.size):
        state, local, local_port, remote, remote_port, pid = _ROW_4.unpack_from(table, place)
        yield Row(_end(local, local_port), _end(remote, remote_port), state, pid)


def rows_6(table: bytes) -> Iterator[Row]:
    """Read a ``MIB_TCP6TABLE_OWNER_PID``."""
    for place in _places(table, _ROW_6.size):
        local, _, local_port, remote, _, remote_port, state, pid = _ROW_6.unpack_from(table, place)
        yield Row(_end(local, local_port), _end(remote, remote_port), state, pid)


def _places(table: bytes, size: int) -> range:
    if len(table) < _COUNT.size:
        return range(0)
    (count,) = _COUNT.unpack_from(table)
    whole = min(count, (len(table) - _COUNT.size) // size)
    return range(_COUNT.size, _COUNT.size + whole * size, size)


def _end(address: bytes, port: int) -> tuple[str, int]:
    """Read an end: addresses and ports are in network order, ports in the lower half."""
    return _plain(str(ipaddress.ip_address(address))), (port & 0xFF) << 8 | port >> 8 & 0xFF


def _plain(host: str) -> str:
    """Write an address in one way; one that is mapped into IPv6 is the same as without."""
    address = ipaddress.ip_address(host)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)
