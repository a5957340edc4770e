"""Kinds of zones that hold numbers of people, care providers, enterprises and accounts.

Source: *efact-nursing* 2; *identifiers* 1 to 4 and 6.
"""

from __future__ import annotations

import string
from functools import lru_cache
from typing import Final

from bridge.codecs.zonekinds import (
    Kind,
    Writer,
    read_text,
    require_blanks,
    require_digits,
    text_writer,
)
from bridge.domain.identifiers import Cbe, Nihii, Niss
from bridge.errors import InvalidIdentifier, ZoneFault, ZoneRefused

_IBAN_VALUES: Final = {
    character: str(int(character, 36)) for character in string.digits + string.ascii_uppercase
}
_IBAN_MODULUS: Final = 97
_IBAN_LEAST: Final = 5
_BIC_LENGTHS: Final = (8, 11)
_NISS_DIGITS: Final = 11
_PERSON_DIGITS: Final = 13
_INSURED_DIGITS: Final = 6


@lru_cache(maxsize=1024)
def _write_nihii(value: str) -> str:
    try:
        return "0" + Nihii.parse(value).long
    except InvalidIdentifier:
        raise ZoneRefused(ZoneFault.IDENTIFIER_WRONG) from None


def _nihii_writer(_width: int) -> Writer:
    return _write_nihii


@lru_cache(maxsize=1024)
def _read_led(text: str) -> str | None:
    """Read the digits behind one zero; a zone of zeros is absent."""
    if not text.isdecimal():
        require_blanks(text)
        return None
    if text[0] != "0":
        raise ZoneRefused(ZoneFault.LEADING_DIGITS)
    return text[1:] if text.strip("0") else None


def _code_writer(width: int) -> Writer:
    @lru_cache(maxsize=1024)
    def write(value: str) -> str:
        require_digits(value)
        if len(value) != width - 1:
            raise ZoneRefused(ZoneFault.WRONG_LENGTH)
        return "0" + value

    return write


@lru_cache(maxsize=16)  # the records of an invoice repeat one person
def _write_person(value: str) -> str:
    require_digits(value)
    if len(value) == _PERSON_DIGITS:
        return value
    try:
        return "00" + Niss.parse(value).digits
    except InvalidIdentifier:
        raise ZoneRefused(ZoneFault.IDENTIFIER_WRONG) from None


def _person_writer(_width: int) -> Writer:
    return _write_person


def _read_person(text: str) -> str | None:
    if not text.isdecimal():
        require_blanks(text)
        return None
    return text[-_NISS_DIGITS:] if text[:2] == "00" else text


def _insured_writer(width: int) -> Writer:
    def write(value: str) -> str:
        require_digits(value)
        if len(value) != _INSURED_DIGITS:
            raise ZoneRefused(ZoneFault.WRONG_LENGTH)
        return value.zfill(width)

    return write


def _read_insured(text: str) -> str | None:
    if not text.isdecimal():
        require_blanks(text)
        return None
    if text[:-_INSURED_DIGITS].strip("0"):
        raise ZoneRefused(ZoneFault.LEADING_DIGITS)
    return text[-_INSURED_DIGITS:]


def _write_cbe(value: str) -> str:
    try:
        return Cbe.parse(value).digits
    except InvalidIdentifier:
        raise ZoneRefused(ZoneFault.IDENTIFIER_WRONG) from None


def _cbe_writer(_width: int) -> Writer:
    return _write_cbe


def _read_cbe(text: str) -> str | None:
    if text.isdecimal():
        return text
    require_blanks(text)
    return None


def _iban_writer(width: int) -> Writer:
    as_text = text_writer(width)

    def write(value: str) -> str:
        text = as_text(value)
        turned = value[4:] + value[:4]
        if len(value) < _IBAN_LEAST or any(letter not in _IBAN_VALUES for letter in turned):
            raise ZoneRefused(ZoneFault.IDENTIFIER_WRONG)
        if int("".join(_IBAN_VALUES[letter] for letter in turned)) % _IBAN_MODULUS != 1:
            raise ZoneRefused(ZoneFault.IDENTIFIER_WRONG)
        return text

    return write


def _bic_writer(width: int) -> Writer:
    as_text = text_writer(width)

    def write(value: str) -> str:
        text = as_text(value)
        if len(value) not in _BIC_LENGTHS or not value.isalnum():
            raise ZoneRefused(ZoneFault.IDENTIFIER_WRONG)
        return text

    return write


NIHII: Final = Kind(name="nihii", letter="N", writer=_nihii_writer, read=_read_led)
"""Care provider number: a zero and 11 digits; a number of 8 is filled with ``000``."""

NOMENCLATURE: Final = Kind(name="nomenclature", letter="N", writer=_code_writer, read=_read_led)
"""Nomenclature code: a zero and 6 digits."""

PERSON: Final = Kind(name="person", letter="N", writer=_person_writer, read=_read_person)
"""Two zeros and a person number of 11 digits, or 13 digits that are something else.

A text that does not begin with two zeros is read whole: insurers tell misalignment apart by it.
"""

INSURED: Final = Kind(name="insured", letter="N", writer=_insured_writer, read=_read_insured)
"""CT1 and CT2 in six digits behind four zeros."""

CBE: Final = Kind(name="cbe", letter="N", writer=_cbe_writer, read=_read_cbe)
"""Enterprise number of 10 digits."""

IBAN: Final = Kind(name="iban", letter="A", writer=_iban_writer, read=read_text)
"""Account number with valid check digits (ISO 7064), left-aligned, filled with blanks."""

BIC: Final = Kind(name="bic", letter="A", writer=_bic_writer, read=read_text)
"""Bank code of 8 or 11 characters, left-aligned, filled with blanks."""
