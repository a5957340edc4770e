"""Exact bytes through a pipe to a child process of ours.

Pipes are used unbuffered, because a buffer of Python's would keep a copy of a PIN.
"""

from __future__ import annotations

from io import FileIO


class PipeClosed(Exception):
    """The other end is gone."""


def write(pipe: FileIO, content: bytes | bytearray) -> None:
    """Write all of the content, without another copy of it.

    Raises:
        PipeClosed: nobody reads any more.
    """
    with memoryview(content) as view:
        written = 0
        while written < len(view):
            try:
                # Slices of a view are no copies.
                with view[written:] as rest:
                    written += pipe.write(rest)
            except (OSError, ValueError) as error:
                raise PipeClosed from error


def fill(pipe: FileIO, buffer: bytearray) -> None:
    """Read until the buffer is full, straight into it.

    Raises:
        PipeClosed: the other end is gone.
    """
    with memoryview(buffer) as view:
        read = 0
        while read < len(view):
            try:
                with view[read:] as rest:
                    count = pipe.readinto(rest)
            except (OSError, ValueError) as error:
                raise PipeClosed from error
            if not count:
                raise PipeClosed
            read += count
