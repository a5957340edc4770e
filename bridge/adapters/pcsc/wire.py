"""What goes through the pipe between the daemon and the process that speaks with drivers.

A frame is two lengths (4 bytes each, big-endian), a JSON document, and bytes as they are.
Commands to the card, among them the one with the PIN, are such bytes and no part of a document:
they are read straight into a buffer that can be wiped.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from io import FileIO
from typing import Any, Final

from bridge.adapters.pipes import PipeClosed, fill, write

_HEADER: Final = struct.Struct(">II")
_MOST_BYTES: Final = 1024 * 1024


@dataclass(frozen=True)
class Frame:
    """One request or answer.

    Attributes:
        document: What JSON can say.
        content: Bytes to or from the card; may hold a PIN.
    """

    document: list[Any]
    content: bytearray = field(default_factory=bytearray, repr=False)

    def wipe(self) -> None:
        """Overwrite the bytes."""
        self.content[:] = bytes(len(self.content))


def send(pipe: FileIO, frame: Frame) -> None:
    """Write a frame.

    Raises:
        PipeClosed: nobody reads any more.
    """
    document = json.dumps(frame.document).encode("ascii")
    write(pipe, _HEADER.pack(len(document), len(frame.content)) + document)
    write(pipe, frame.content)


def receive(pipe: FileIO) -> Frame:
    """Read a frame.

    Raises:
        PipeClosed: the other end is gone, or wrote no frame.
    """
    header = bytearray(_HEADER.size)
    fill(pipe, header)
    lengths = _HEADER.unpack(header)
    if max(lengths) > _MOST_BYTES:
        raise PipeClosed
    document, content = (bytearray(length) for length in lengths)
    fill(pipe, document)
    fill(pipe, content)
    try:
        read = json.loads(document)
    except ValueError as error:
        raise PipeClosed from error
    if not isinstance(read, list):
        raise PipeClosed
    return Frame(read, content)
