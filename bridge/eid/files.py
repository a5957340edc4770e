"""Files and applications of the card (*Belgian eID card* 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

APPLET_AID: Final = bytes.fromhex("A00000003029057000AD13100101FF")
"""The applet, also selected implicitly after a reset."""
PKCS15_AID: Final = bytes.fromhex("A000000177504B43532D3135")

MASTER_FILE: Final = b"\x3f\x00"


class EidFile(Enum):
    """Files that are readable without PIN; the value is the path from the master file."""

    DIRECTORY = "2F00"
    OBJECTS = "DF005031"
    TOKEN_INFO = "DF005032"  # noqa: S105  # a file of the card, no secret
    PINS = "DF005034"
    PRIVATE_KEYS = "DF005035"
    CERTIFICATES = "DF005037"
    AUTHENTICATION_CERTIFICATE = "DF005038"
    SIGNATURE_CERTIFICATE = "DF005039"
    CITIZEN_CA = "DF00503A"
    ROOT_CA = "DF00503B"
    REGISTER_CERTIFICATE = "DF00503C"
    IDENTITY = "DF014031"
    IDENTITY_SIGNATURE = "DF014032"
    ADDRESS = "DF014033"
    ADDRESS_SIGNATURE = "DF014034"
    PORTRAIT = "DF014035"
    CARD_KEY = "DF014040"

    @property
    def path(self) -> bytes:
        """The whole path, beginning with the master file."""
        return MASTER_FILE + bytes.fromhex(self.value)


@dataclass(frozen=True, kw_only=True)
class CardFiles:
    """Files as read, padding included; a file the card does not have is absent.

    Attributes:
        card_data: The answer to GET CARD DATA.
    """

    card_data: bytes
    contents: Mapping[EidFile, bytes] = field(default_factory=dict)

    def get(self, file: EidFile) -> bytes | None:
        """Give a file; ``None`` when it is absent or holds nothing but zeros."""
        content = self.contents.get(file, b"")
        return content if content.strip(b"\0") else None

    def __repr__(self) -> str:
        names = ", ".join(sorted(file.name for file in self.contents))
        return f"CardFiles({names})"


CHAIN_FILES: Final = frozenset(
    {EidFile.AUTHENTICATION_CERTIFICATE, EidFile.CITIZEN_CA, EidFile.ROOT_CA},
)
"""What is needed to judge the authentication certificate."""

IDENTITY_FILES: Final = CHAIN_FILES | {
    EidFile.REGISTER_CERTIFICATE,
    EidFile.IDENTITY,
    EidFile.IDENTITY_SIGNATURE,
}
"""What is needed to say, and to believe, who the holder is."""

ADDRESS_FILES: Final = IDENTITY_FILES | {EidFile.ADDRESS, EidFile.ADDRESS_SIGNATURE}
"""The same with the address."""
