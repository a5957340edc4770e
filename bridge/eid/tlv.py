"""The private tag-length-value format of identity and address (*Belgian eID card* 4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bridge.errors import CardDataInvalid

_MORE: Final = 0xFF
_PADDING: Final = 0x00


def read_fields(content: bytes) -> dict[int, bytes]:
    """Read the fields of a file up to its zero padding; a tag that comes twice is refused.

    The first field may be the structure version with tag 00; later a zero begins the padding.

    Raises:
        CardDataInvalid: a field ends after the file, or comes twice.
    """
    fields: dict[int, bytes] = {}
    place = 0
    while place < len(content) and not _is_padding(content, place, seen=bool(fields)):
        tag = content[place]
        length, place = _length(content, place + 1)
        value = content[place : place + length]
        if len(value) != length or tag in fields:
            raise CardDataInvalid("fields of the file do not fit")
        fields[tag] = value
        place += length
    return fields


def write_fields(fields: Iterable[tuple[int, bytes]], *, padded_to: int = 0) -> bytes:
    """Write fields, with zero padding up to a length in bytes."""
    written = b"".join(
        bytes([tag]) + bytes([_MORE]) * (len(value) // _MORE) + bytes([len(value) % _MORE]) + value
        for tag, value in fields
    )
    return written.ljust(padded_to, b"\0")


def _is_padding(content: bytes, place: int, *, seen: bool) -> bool:
    if content[place] != _PADDING:
        return False
    return seen or content[place + 1 : place + 2] in {b"", b"\0"}


def _length(content: bytes, place: int) -> tuple[int, int]:
    length = 0
    while place < len(content):
        byte = content[place]
        place += 1
        length += byte
        if byte != _MORE:
            return length, place
    raise CardDataInvalid("a length is cut off")
