"""Identity and address files as values, in both directions (*Belgian eID card* 4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from bridge.domain.cards import Address, CardHolder, DocumentKind
from bridge.domain.identifiers import Niss
from bridge.eid.dates import read_birth, read_day, write_day
from bridge.eid.tlv import read_fields, write_fields
from bridge.errors import CardDataInvalid, InvalidIdentifier

ADDRESS_BYTES: Final = 117
"""Size of the address file of a 1.7 card, padding included."""

_SEXES: Final = {"M": "male", "F": "female", "V": "female", "W": "female"}
_CARD_NUMBER: Final = re.compile(r"[0-9]{12}|B?[0-9]{9,10}")


class IdentityTag(IntEnum):
    """Fields of the identity file that we read."""

    CARD_NUMBER = 0x01
    CHIP_NUMBER = 0x02
    VALID_FROM = 0x03
    VALID_UNTIL = 0x04
    MUNICIPALITY = 0x05
    NISS = 0x06
    LAST_NAME = 0x07
    FIRST_NAMES = 0x08
    INITIAL = 0x09
    NATIONALITY = 0x0A
    BIRTH_PLACE = 0x0B
    BIRTH_DATE = 0x0C
    SEX = 0x0D
    DOCUMENT_TYPE = 0x0F
    PORTRAIT_HASH = 0x11
    CARD_KEY_HASH = 0x1A


class AddressTag(IntEnum):
    """Fields of the address file."""

    STREET = 0x01
    POSTAL_CODE = 0x02
    MUNICIPALITY = 0x03


def read_holder(identity: bytes, address: bytes | None = None) -> CardHolder:
    """Read who a card belongs to; believe it only after ``bridge.eid.register`` agreed.

    Args:
        identity: The identity file as read.
        address: The address file as read, where it is wanted.

    Raises:
        CardDataInvalid: a field is missing or cannot be read.
    """
    fields = read_fields(identity)
    document_type = _number(fields, IdentityTag.DOCUMENT_TYPE)
    born = _text(fields, IdentityTag.BIRTH_DATE)
    return CardHolder(
        niss=_niss(fields),
        last_name=_text(fields, IdentityTag.LAST_NAME),
        first_names=_text(fields, IdentityTag.FIRST_NAMES),
        initial=_text(fields, IdentityTag.INITIAL),
        born_on=read_birth(born),
        born_text=born,
        sex=_SEXES.get(_text(fields, IdentityTag.SEX).upper(), "unknown"),
        nationality=_text(fields, IdentityTag.NATIONALITY),
        card_number=_card_number(fields),
        valid_from=read_day(_text(fields, IdentityTag.VALID_FROM)),
        valid_until=read_day(_text(fields, IdentityTag.VALID_UNTIL)),
        document_type=document_type,
        document=document_kind(document_type),
        address=None if address is None else read_address(address),
    )


def read_address(content: bytes) -> Address:
    """Read the address file.

    Raises:
        CardDataInvalid: it cannot be read.
    """
    fields = read_fields(content)
    return Address(
        street=_text(fields, AddressTag.STREET),
        postal_code=_text(fields, AddressTag.POSTAL_CODE),
        municipality=_text(fields, AddressTag.MUNICIPALITY),
    )


def portrait_hash(identity: bytes) -> bytes | None:
    """Give the hash of the portrait: 20, 32 or 48 bytes."""
    return read_fields(identity).get(IdentityTag.PORTRAIT_HASH)


def write_identity(
    holder: CardHolder,
    *,
    chip_number: bytes,
    municipality: str,
    portrait_hash: bytes,
    further: Mapping[int, bytes] | None = None,
) -> bytes:
    """Write the identity file of a holder, fields in the order of their tags."""
    sex = {"male": "M", "female": "F"}.get(holder.sex, "")
    texts = {
        IdentityTag.CARD_NUMBER: holder.card_number,
        IdentityTag.VALID_FROM: write_day(holder.valid_from),
        IdentityTag.VALID_UNTIL: write_day(holder.valid_until),
        IdentityTag.MUNICIPALITY: municipality,
        IdentityTag.NISS: holder.niss.digits,
        IdentityTag.LAST_NAME: holder.last_name,
        IdentityTag.FIRST_NAMES: holder.first_names,
        IdentityTag.INITIAL: holder.initial,
        IdentityTag.NATIONALITY: holder.nationality,
        IdentityTag.BIRTH_PLACE: municipality,
        IdentityTag.BIRTH_DATE: holder.born_text,
        IdentityTag.SEX: sex,
        IdentityTag.DOCUMENT_TYPE: str(holder.document_type),
    }
    fields = {int(tag): text.encode() for tag, text in texts.items()}
    fields[IdentityTag.CHIP_NUMBER] = chip_number
    fields[IdentityTag.PORTRAIT_HASH] = portrait_hash
    fields.update(further or {})
    return write_fields(sorted(fields.items()))


def write_address(address: Address) -> bytes:
    """Write the address file, padded as on a card."""
    fields = (
        (int(AddressTag.STREET), address.street.encode()),
        (int(AddressTag.POSTAL_CODE), address.postal_code.encode()),
        (int(AddressTag.MUNICIPALITY), address.municipality.encode()),
    )
    return write_fields(fields, padded_to=ADDRESS_BYTES)


def document_kind(document_type: int) -> DocumentKind:
    """Tell which document a document type is."""
    if document_type == 1:
        return DocumentKind.CITIZEN
    if document_type == 6:  # noqa: PLR2004  # the card's own code
        return DocumentKind.KIDS
    if 11 <= document_type <= 18 or 27 <= document_type <= 36:  # noqa: PLR2004  # as above
        return DocumentKind.FOREIGNER
    if 61 <= document_type <= 69:  # noqa: PLR2004  # as above
        return DocumentKind.KIDS_FOREIGNER
    return DocumentKind.OTHER


def _text(fields: Mapping[int, bytes], tag: IntEnum) -> str:
    try:
        return fields.get(tag, b"").decode().strip()
    except UnicodeDecodeError:
        raise CardDataInvalid("a text of the card is no UTF-8") from None


def _number(fields: Mapping[int, bytes], tag: IntEnum) -> int:
    text = _text(fields, tag)
    if not (text.isascii() and text.isdigit()):
        raise CardDataInvalid("a number of the card cannot be read")
    return int(text)


def _niss(fields: Mapping[int, bytes]) -> Niss:
    try:
        return Niss.parse(_text(fields, IdentityTag.NISS))
    except InvalidIdentifier:
        raise CardDataInvalid("the person number of the card is wrong") from None


def _card_number(fields: Mapping[int, bytes]) -> str:
    number = _text(fields, IdentityTag.CARD_NUMBER)
    if not _CARD_NUMBER.fullmatch(number):
        raise CardDataInvalid("the card number cannot be read")
    return number
