"""Which process is at the other end of a connection on loopback, for the limit per process."""

from __future__ import annotations

import sys
from typing import Final

Address = tuple[str, int]

if sys.platform == "win32":
    import ctypes
    import ipaddress
    import struct
    from ctypes import wintypes
    from typing import Any

    _ROWS: Final = {4: (2, "=I4sI4sII"), 6: (23, "=16sII16sIIII")}
    """Family, and layout of a row, in tables with owners."""
    _WITH_OWNERS: Final = 5
    _SPARE_BYTES: Final = 4096
    """Room for connections that come up between two calls."""

    def client_process(client: Address, server: Address) -> int | None:
        """Give the process at the client's end; ``None`` where the system does not tell."""
        version = ipaddress.ip_address(client[0]).version
        wanted = (_written(client), _written(server))
        for row in _rows(version):
            if version == 4:  # noqa: PLR2004  # the version's number
                _, address, port, other, other_port, process = row
            else:
                address, _, port, other, _, other_port, _, process = row
            if ((address, port), (other, other_port)) == wanted:
                return int(process)
        return None

    def _written(end: Address) -> tuple[bytes, int]:
        """Write an end as the tables do: the port in the order of the network."""
        return ipaddress.ip_address(end[0]).packed, int.from_bytes(end[1].to_bytes(2), "little")

    def _rows(version: int) -> list[tuple[Any, ...]]:
        family, layout = _ROWS[version]
        size = wintypes.DWORD()
        library = ctypes.WinDLL("iphlpapi")
        for _ in range(3):
            table = (ctypes.c_ubyte * size.value)()
            failed = library.GetExtendedTcpTable(
                table, ctypes.byref(size), 0, family, _WITH_OWNERS, 0
            )
            if not failed:
                content = bytes(table)
                (count,) = struct.unpack_from("=I", content)
                step = struct.calcsize(layout)
                return [struct.unpack_from(layout, content, 4 + n * step) for n in range(count)]
            size = wintypes.DWORD(size.value + _SPARE_BYTES)
        return []

elif sys.platform == "linux":
    import ipaddress
    import struct
    from collections.abc import Iterator
    from pathlib import Path

    _PROC: Final = Path("/proc")
    _ENDS: Final = slice(1, 3)
    _INODE: Final = 9

    def client_process(client: Address, server: Address) -> int | None:
        """Give the process at the client's end; ``None`` where the system does not tell."""
        inode = _inode(client, server)
        if inode in {None, "0"}:
            return None
        wanted = f"socket:[{inode}]"
        for process in _own_processes():
            if any(link == wanted for link in _links(process / "fd")):
                return int(process.name)
        return None

    def _inode(client: Address, server: Address) -> str | None:
        for name, ends in _needles(client, server):
            try:
                lines = (_PROC / "net" / name).read_text("ascii").splitlines()[1:]
            except OSError:
                continue
            for line in lines:
                fields = line.split()
                if fields[_ENDS] == ends:
                    return fields[_INODE]
        return None

    def _needles(client: Address, server: Address) -> Iterator[tuple[str, list[str]]]:
        """Give where the row can stand: programs that know both families use that of IPv6."""
        pair = (client, server)
        packed = [ipaddress.ip_address(end[0]).packed for end in pair]
        if len(packed[0]) == len(packed[1]) == 4:  # noqa: PLR2004  # bytes of an IPv4 address
            yield "tcp", [_row_end(each, end[1]) for each, end in zip(packed, pair, strict=True)]
            packed = [bytes(10) + b"\xff\xff" + each for each in packed]
        yield "tcp6", [_row_end(each, end[1]) for each, end in zip(packed, pair, strict=True)]

    def _row_end(packed: bytes, port: int) -> str:
        words = (f"{word:08X}" for (word,) in struct.iter_unpack("=I", packed))
        return f"{''.join(words)}:{port:04X}"

    def _own_processes() -> Iterator[Path]:
        """Give the processes, the newest first: it is mostly a program that just began to call."""
        numbers = sorted(
            (int(each.name) for each in _PROC.iterdir() if each.name.isdigit()), reverse=True
        )
        return (_PROC / str(number) for number in numbers)

    def _links(folder: Path) -> Iterator[str]:
        try:
            entries = list(folder.iterdir())
        except OSError:  # of another user, or over
            return
        for entry in entries:
            try:
                yield str(entry.readlink())
            except OSError:
                continue

else:

    def client_process(client: Address, server: Address) -> int | None:  # noqa: ARG001  # as others
        """Give nothing: this system does not tell cheaply."""
        return None
