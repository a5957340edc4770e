"""Commands to the card and its status words (*Belgian eID card* 2, 6, 7 and 8).

Commands are built as in T=0: a command with data has no Le, the answer is fetched with GET
RESPONSE.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from bridge.domain.secrets import Pin

BLOCK: Final = 252
"""How much is read at once; the size the official middleware uses."""
PIN_BLOCK_BYTES: Final = 8
_PIN_HEADER: Final = b"\x00\x20\x00\x01"

OK: Final = 0x9000
VERIFY_STATE: Final = _PIN_HEADER + b"\x00"
"""Ask for the tries left without a PIN: free on applets 1.7 and 1.8, a wrong PIN on older ones."""
LOG_OFF: Final = b"\x80\xe6\x00\x00\x00"
GET_CARD_DATA: Final = b"\x80\xe4\x00\x00\x1c"
GET_CARD_DATA_WITH_TRIES: Final = b"\x80\xe4\x00\x01\x1f"
"""Applet 1.8 only."""


class KeyReference(Enum):
    """Keys of the card; the signature key is never used (*eID card* 7)."""

    AUTHENTICATION = 0x82


RSA_PKCS1: Final = 0x01
"""Algorithm byte up to applet 1.7: PKCS#1 v1.5 over a DigestInfo of ours."""
ECDSA_SHA256: Final = 0x01
"""Algorithm byte of applet 1.8: ECDSA over a hash of 32 bytes."""
ECDSA_SHA384: Final = 0x02
"""Algorithm byte of applet 1.8: ECDSA over a hash of 48 bytes."""


def select_path(path: bytes) -> bytes:
    """Select a file by its whole path; no file information is asked."""
    return b"\x00\xa4\x08\x0c" + bytes([len(path)]) + path


def select_application(aid: bytes) -> bytes:
    """Select an application by its identifier."""
    return b"\x00\xa4\x04\x0c" + bytes([len(aid)]) + aid


def read_binary(offset: int, length: int) -> bytes:
    """Read from the selected file; ``length`` 256 is written as 0."""
    return b"\x00\xb0" + offset.to_bytes(2, "big") + bytes([length % 256])


def get_response(length: int) -> bytes:
    """Fetch what the card has ready; ``61 00`` means 256 bytes."""
    return b"\x00\xc0\x00\x00" + bytes([length % 256])


def set_environment(algorithm: int, key: KeyReference) -> bytes:
    """Choose algorithm and key for the next signature (MSE SET)."""
    return b"\x00\x22\x41\xb6\x05\x04\x80" + bytes([algorithm, 0x84, key.value])


def compute_signature(data: bytes) -> bytes:
    """Sign a hash, or a DigestInfo, with the key of the environment."""
    return b"\x00\x2a\x9e\x9a" + bytes([len(data)]) + data


def verify_command(pin: Pin) -> bytearray:
    """Build VERIFY in a buffer the caller overwrites, whatever happens to it.

    The block: high nibble 2, low nibble the number of digits, digits in BCD, the rest ``F``.
    """
    command = bytearray(_PIN_HEADER + bytes([PIN_BLOCK_BYTES]) + b"\xff" * PIN_BLOCK_BYTES)
    digits = pin.buffer
    start = len(_PIN_HEADER) + 1
    command[start] = 0x20 | len(digits)
    for place in range(len(digits)):
        index, is_low = start + 1 + place // 2, place % 2
        value = digits[place] - ord("0")
        kept = command[index] & (0xF0 if is_low else 0x0F)
        command[index] = kept | (value if is_low else value << 4)
    return command


@dataclass(frozen=True)
class Answer:
    """What the card said.

    Attributes:
        data: Without the status word.
        status: The status word, such as 0x9000.
    """

    data: bytes
    status: int

    @classmethod
    def parse(cls, answer: bytes) -> Answer:
        """Split an answer of at least two bytes."""
        return cls(bytes(answer[:-2]), int.from_bytes(answer[-2:], "big"))

    def encode(self) -> bytes:
        """Write the answer as the card sends it."""
        return self.data + self.status.to_bytes(2, "big")

    @property
    def more(self) -> int | None:
        """How much GET RESPONSE can fetch (``61 xx``)."""
        high, low = divmod(self.status, 256)
        return (low or 256) if high == 0x61 else None  # noqa: PLR2004  # status byte

    @property
    def exact_length(self) -> int | None:
        """The only Le the card accepts (``6C xx``)."""
        high, low = divmod(self.status, 256)
        return (low or 256) if high == 0x6C else None  # noqa: PLR2004  # status byte

    @property
    def tries_left(self) -> int | None:
        """Tries left of ``63 Cx`` and ``69 83``; ``None`` for any other status."""
        if self.status & 0xFFF0 == 0x63C0:  # noqa: PLR2004  # status word
            return self.status & 0x0F
        return 0 if self.status == 0x6983 else None  # noqa: PLR2004  # status word
