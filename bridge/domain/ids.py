"""Identifiers we make: ULIDs with a prefix for resources, UUIDs inside messages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, Protocol

_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ULID_LENGTH: Final = 26
_SPOKEN: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


class IdSource(Protocol):
    """Gives fresh identifiers; deterministic in tests.

    Contract: no value is given twice, and none carries meaning or patient data.
    """

    def uuid(self) -> str:
        """Give a random UUID in its 36-character text form."""
        ...

    def ulid(self, prefix: str) -> str:
        """Give ``<prefix>_<ULID>``, sortable by time of creation (API-03)."""
        ...

    def secret(self, size: int) -> bytes:
        """Give ``size`` bytes fit for a key."""
        ...


def encode_ulid(moment: datetime, randomness: bytes) -> str:
    """Write a ULID: 48 bits of milliseconds and 80 random bits in Crockford's base 32.

    Args:
        moment: Aware time of creation.
        randomness: Exactly 10 bytes.
    """
    number = int(moment.timestamp() * 1000) << 80 | int.from_bytes(randomness[:10])
    return "".join(_CROCKFORD[number >> 5 * place & 31] for place in reversed(range(_ULID_LENGTH)))


def moment_of(identifier: str) -> datetime:
    """Read the time of creation from an identifier such as ``sub_01JD3W7V7Q…``.

    Raises:
        ValueError: it is no prefix with a ULID.
    """
    letters = identifier.rpartition("_")[2]
    if len(letters) != _ULID_LENGTH:
        raise ValueError("not a ULID")
    number = 0
    for letter in letters:
        number = number << 5 | _CROCKFORD.index(letter)
    return datetime.fromtimestamp((number >> 80) / 1000, tz=UTC)


def encode_support_ref(randomness: bytes) -> str:
    """Write a reference to read aloud, such as ``K7QF-29``: six characters, no look-alikes.

    Args:
        randomness: Exactly 4 bytes, of which 30 bits are used.
    """
    number = int.from_bytes(randomness[:4])
    letters = "".join(_SPOKEN[number >> 5 * place & 31] for place in range(6))
    return f"{letters[:4]}-{letters[4:]}"
