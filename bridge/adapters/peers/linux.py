"""Linux: the owner of an end in the kernel's TCP tables (SEC-102).

The kernel is asked about the one connection; where it does not answer, its whole table below
``/proc`` is read.
A program whose socket knows both families, as those of Java do, connects to ``127.0.0.1`` as
``::ffff:127.0.0.1`` and stands in the table of IPv6.
"""

from __future__ import annotations

import ipaddress
import os
import re
import struct
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from bridge.adapters.peers import sockdiag
from bridge.adapters.peers.sockdiag import Row
from bridge.ports.peers import Ends, PeerOwner, Program

_LOOKS: Final = 5
"""The kernel writes a table in pieces, so a row can be missed when others come and go."""
_ESTABLISHED: Final = 1
_TIME_WAIT: Final = 6
_LISTEN: Final = "0A"
_DELETED: Final = " (deleted)"
_FIRST_PERSON: Final = 1000
"""Users below this number are no people (``login.defs``)."""


class LinuxPeers:
    """Reads ``/proc`` and what the login manager keeps below ``/run``."""

    def __init__(
        self,
        proc: Path = Path("/proc"),
        sessions: Path = Path("/run/systemd/sessions"),
        *,
        user: int | None = None,
        ask: Callable[[Ends], Row | None] = sockdiag.ask,
    ) -> None:
        """Look there, for the user this process runs as; ``ask`` is tried first."""
        self._ask = ask
        self._proc = proc
        self._sessions = sessions
        self._user = os.geteuid() if user is None else user

    def owner_of(self, ends: Ends) -> PeerOwner:
        """Tell whose process is at the client's end."""
        try:
            row = self._row_of(ends)
            is_open = row is None and self._is_open(ends)
        except (OSError, ValueError):
            return PeerOwner.UNKNOWN
        if is_open:
            return PeerOwner.UNKNOWN
        # A socket without inode has no process any more; its user counts as root then.
        if row is None or row.inode == 0 or row.state == _TIME_WAIT:
            return PeerOwner.GONE
        return PeerOwner.OURS if row.uid == self._user else PeerOwner.ANOTHERS

    def program_of(self, ends: Ends) -> Program | None:
        """Give the program at the client's end; those of other users are seen by root only."""
        try:
            row = self._row_of(ends)
        except (OSError, ValueError):
            return None
        return None if row is None else self._program_with(row.inode)

    def listener_on(self, port: int) -> Program | None:
        """Give the program that listens on a loopback port."""
        wanted = re.compile(rf":{port:04X} 0+:0000 {_LISTEN} ")
        for name in ("tcp", "tcp6"):
            try:
                lines = self._table(name).splitlines()
            except OSError:
                continue
            for line in lines:
                if wanted.search(line):
                    return self._program_with(_row(line).inode)
        return None

    def is_shared(self) -> bool:
        """Tell whether the login manager knows two people's sessions, or one from elsewhere."""
        sessions = [facts for facts in self._session_facts() if facts.get("CLASS") == "user"]
        is_remote = any(facts.get("REMOTE") == "1" for facts in sessions)
        return len(sessions) > 1 or is_remote

    def _session_facts(self) -> Iterator[dict[str, str]]:
        try:
            files = list(self._sessions.iterdir())
        except OSError:
            return
        for file in files:
            try:
                lines = file.read_text("utf-8", "replace").splitlines()
            except OSError:
                continue
            facts = dict(line.split("=", 1) for line in lines if "=" in line)
            is_person = facts.get("UID", "").isdigit() and int(facts["UID"]) >= _FIRST_PERSON
            if is_person and facts.get("STATE") != "closing":
                yield facts

    def _row_of(self, ends: Ends) -> Row | None:
        try:
            return self._ask(ends)
        except OSError:
            return self._row_in_tables(ends)

    def _row_in_tables(self, ends: Ends) -> Row | None:
        for _ in range(_LOOKS):
            for name, needle in needles(ends):
                for line in self._table(name).splitlines():
                    if needle in line:
                        return _row(line)
        return None

    def _is_open(self, ends: Ends) -> bool:
        """Tell whether our own end still has another one: the table may have been incomplete."""
        row = self._row_of(Ends(client=ends.server, server=ends.client))
        return row is not None and row.state == _ESTABLISHED

    def _table(self, name: str) -> str:
        path = self._proc / "net" / name
        is_absent = name == "tcp6" and not path.exists()  # IPv6 is switched off
        return "" if is_absent else path.read_text("ascii")

    def _program_with(self, inode: int) -> Program | None:
        wanted = f"socket:[{inode}]"
        for process in self._processes():
            if inode and any(target == wanted for target in _links(process / "fd")):
                return _program(process)
        return None

    def _processes(self) -> list[Path]:
        try:
            return [each for each in self._proc.iterdir() if each.name.isdigit()]
        except OSError:
            return []


def needles(ends: Ends) -> list[tuple[str, str]]:
    """Give the tables a row can stand in, and what its addresses look like there."""
    client, server = (ipaddress.ip_address(end[0]) for end in (ends.client, ends.server))
    ports = ends.client[1], ends.server[1]
    if client.version == 6 or server.version == 6:  # noqa: PLR2004  # the version's number
        return [("tcp6", _needle((client.packed, server.packed), ports))]
    mapped = tuple(bytes(10) + b"\xff\xff" + each.packed for each in (client, server))
    return [
        ("tcp", _needle((client.packed, server.packed), ports)),
        ("tcp6", _needle((mapped[0], mapped[1]), ports)),
    ]


def _needle(addresses: tuple[bytes, bytes], ports: tuple[int, int]) -> str:
    written = (
        f"{_hexadecimal(address)}:{port:04X}"
        for address, port in zip(addresses, ports, strict=True)
    )
    return f" {' '.join(written)} "


def _hexadecimal(packed: bytes) -> str:
    """Write an address as the kernel does: words of the processor's own order."""
    return "".join(f"{word:08X}" for (word,) in struct.iter_unpack("=I", packed))


def _row(line: str) -> Row:
    fields = line.split()
    return Row(state=int(fields[3], 16), uid=int(fields[7]), inode=int(fields[9]))


def _links(folder: Path) -> Iterator[str]:
    try:
        entries = list(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        try:
            yield str(entry.readlink())
        except OSError:
            continue


def _program(process: Path) -> Program | None:
    try:
        path = str((process / "exe").readlink()).removesuffix(_DELETED)
    except OSError:
        return None
    return Program(name=PurePosixPath(path).name, path=path)
