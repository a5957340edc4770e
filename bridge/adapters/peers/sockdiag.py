"""Linux: asking the kernel about one connection, without reading its whole table.

The table below ``/proc`` is written from every chain of the kernel's hash, which takes
milliseconds however few connections there are; here the kernel looks up one.
Source: ``linux/sock_diag.h``, ``linux/inet_diag.h``.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import struct
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bridge.ports.peers import Ends

LISTEN: Final = 10
_SOCK_DIAG: Final = 4
_BY_FAMILY: Final = 20
_REQUEST_FLAG: Final = 1
_ERROR: Final = 2
_TCP: Final = 6
_ALL_STATES: Final = 0xFFFF_FFFF
_HEADER: Final = struct.Struct("=IHHII")
_ABOUT: Final = struct.Struct("=BBBBI")
_PORTS: Final = struct.Struct("!HH")
_NO_COOKIE: Final = b"\xff" * 8
_CODE: Final = struct.Struct("=i")
_OWNER: Final = struct.Struct("=II")
_STATE_AT: Final = _HEADER.size + 1
_OWNER_AT: Final = _HEADER.size + 4 + 48 + 12
_WHOLE: Final = _OWNER_AT + _OWNER.size
_LONGEST: Final = 8192
_PATIENCE_S: Final = 2


@dataclass(frozen=True)
class Row:
    """What the kernel says of an end: its state by number, its user, its inode."""

    state: int
    uid: int
    inode: int


def question(ends: Ends) -> bytes:
    """Write the question about the client's end."""
    client, server = (ipaddress.ip_address(end[0]) for end in (ends.client, ends.server))
    family = socket.AF_INET if client.version == server.version == 4 else socket.AF_INET6  # noqa: PLR2004  # the version's number
    content = b"".join(
        (
            _ABOUT.pack(family, _TCP, 0, 0, _ALL_STATES),
            _PORTS.pack(ends.client[1], ends.server[1]),
            client.packed.ljust(16, b"\0"),
            server.packed.ljust(16, b"\0"),
            bytes(4),
            _NO_COOKIE,
        )
    )
    return _HEADER.pack(_HEADER.size + len(content), _BY_FAMILY, _REQUEST_FLAG, 1, 0) + content


def answer(message: bytes) -> Row | None:
    """Read the kernel's answer; ``None`` when there is no such end.

    Raises:
        OSError: it does not answer such questions.
    """
    if len(message) < _HEADER.size + _CODE.size:
        raise OSError("no answer")
    kind = _HEADER.unpack_from(message)[1]
    if kind == _ERROR:
        code = -_CODE.unpack_from(message, _HEADER.size)[0]
        if code == errno.ENOENT:
            return None
        raise OSError(code, os.strerror(code))
    if kind != _BY_FAMILY or len(message) < _WHOLE:
        raise OSError("not the answer to our question")
    state = message[_STATE_AT]
    uid, inode = _OWNER.unpack_from(message, _OWNER_AT)
    # Without such a connection the kernel names who listens on that port.
    return None if state == LISTEN else Row(state=state, uid=uid, inode=inode)


if sys.platform == "linux":

    def ask(ends: Ends) -> Row | None:
        """Ask about the client's end.

        Raises:
            OSError: the kernel does not answer, as in a container that forbids it.
        """
        with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, _SOCK_DIAG) as kernel:
            kernel.settimeout(_PATIENCE_S)
            kernel.sendto(question(ends), (0, 0))
            return answer(kernel.recv(_LONGEST))

else:

    def ask(ends: Ends) -> Row | None:
        """Ask nobody: this is not Linux."""
        del ends
        raise OSError(errno.ENOSYS, "not Linux")
