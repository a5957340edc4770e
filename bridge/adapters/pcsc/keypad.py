"""Entering the PIN on the reader (*Belgian eID card* 12)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from bridge.adapters.pcsc.api import FEATURES_CODE
from bridge.adapters.pcsc.attributes import firmware
from bridge.adapters.pcsc.connection import CardConnection
from bridge.domain.secrets import PIN_MAX_DIGITS, PIN_MIN_DIGITS
from bridge.eid.apdu import Answer
from bridge.errors import CardError

_VERIFY_START, _VERIFY_FINISH, _VERIFY_DIRECT = 0x01, 0x02, 0x06
_TIMEOUT_S: Final = 30
_LANGUAGES: Final = {"nl": 0x0813, "fr": 0x080C, "de": 0x0407, "en": 0x0409}
_VERIFY: Final = bytes.fromhex("0020000108") + bytes.fromhex("20FFFFFFFFFFFFFF")
_EMPTY_VERIFY_FIRST: Final = "gempc"
"""Readers of this name send an empty VERIFY by themselves, which older cards count as wrong."""
_FORMAT: Final = 0x89
_OLD_FORMAT: Final = 0x01
_OLD_FORMAT_READER: Final = "spr532"
_OLD_FORMAT_BEFORE: Final = (5, 6)
_PSEUDO_READERS: Final = (
    "vasco digipass 840",
    "vasco digipass 870",
    "vasco digipass 875",
    "vasco digipass 876",
    "vasco digipass 920",
    "gemalto ing shield pro",
    "etsww ekrypto",
    "dioss",
)
"""Readers that tell and run their features by commands to a card that is none."""
_PSEUDO: Final = b"\xff\xc2\x01"
_OK: Final = 0x9000
_ENTRY: Final = struct.Struct(">BBI")


@dataclass(frozen=True, kw_only=True)
class Keypad:
    """How a reader takes a PIN.

    Attributes:
        codes: Feature to control code.
        pin_format: How the reader is told to write the digits.
        is_pseudo: Features are run by commands instead of control codes.
    """

    codes: dict[int, int]
    pin_format: int = _FORMAT
    is_pseudo: bool = False

    def verify(self, connection: CardConnection, *, language: str) -> Answer:
        """Let the user type the PIN on the reader, and give the card's answer to VERIFY.

        Blocks until she has typed it, cancelled, or let 30 s go by.

        Raises:
            CardRemoved, ReaderRemoved, CardError: as named.
        """
        structure = verify_structure(language, pin_format=self.pin_format)
        if self.is_pseudo:
            head = _PSEUDO + bytes([_VERIFY_DIRECT, len(structure)])
            return connection.transmit(head + structure)
        pcsc, handle = connection.pcsc, connection.handle
        if _VERIFY_DIRECT in self.codes:
            return Answer.parse(pcsc.control(handle, self.codes[_VERIFY_DIRECT], structure))
        pcsc.control(handle, self.codes[_VERIFY_START], structure)
        return Answer.parse(pcsc.control(handle, self.codes[_VERIFY_FINISH], b""))


def find_keypad(connection: CardConnection, reader: str) -> Keypad | None:
    """Ask a reader for a keypad; ``None`` when it has none that can be used.

    Raises:
        CardRemoved, ReaderRemoved: they went away meanwhile.
    """
    if reader.lower().startswith(_EMPTY_VERIFY_FIRST):
        return None
    try:
        listed = connection.pcsc.control(connection.handle, FEATURES_CODE, b"")
    except CardError:
        listed = b""
    codes = _codes(listed)
    if _VERIFY_DIRECT in codes or {_VERIFY_START, _VERIFY_FINISH} <= codes.keys():
        return Keypad(codes=codes, pin_format=_pin_format(connection, reader))
    return _find_pseudo(connection, reader)


def verify_structure(language: str, *, pin_format: int = _FORMAT) -> bytes:
    """Write what the reader needs to ask for a PIN of 4 to 12 digits in the eID's block."""
    return (
        struct.pack(
            "<BBBBBHBBHBBBBI",
            _TIMEOUT_S,
            _TIMEOUT_S,
            pin_format,
            0x47,
            0x04,
            PIN_MIN_DIGITS << 8 | PIN_MAX_DIGITS,
            0x02,
            0x01,
            _LANGUAGES.get(language, _LANGUAGES["en"]),
            0x00,
            0x00,
            0x00,
            0x00,
            len(_VERIFY),
        )
        + _VERIFY
    )


def _pin_format(connection: CardConnection, reader: str) -> int:
    """One model in its old firmware wants another format (*eID card* 12)."""
    if _OLD_FORMAT_READER not in reader.lower():
        return _FORMAT
    version = firmware(connection.pcsc, connection.handle)
    return _OLD_FORMAT if version is not None and version < _OLD_FORMAT_BEFORE else _FORMAT


def _find_pseudo(connection: CardConnection, reader: str) -> Keypad | None:
    if not reader.lower().startswith(_PSEUDO_READERS):
        return None
    answer = connection.transmit(_PSEUDO + b"\x00\x00")
    if answer.status != _OK or _VERIFY_DIRECT not in answer.data:
        return None
    return Keypad(codes={}, is_pseudo=True)


def _codes(listed: bytes) -> dict[int, int]:
    """Read tags with their control codes; what is cut off is left out."""
    whole = len(listed) - len(listed) % _ENTRY.size
    return {tag: code for tag, _, code in _ENTRY.iter_unpack(listed[:whole])}
