"""Kinds of zones: how the text of a zone and its value belong together.

Writing is strict: a value that does not fit is refused with the fault that says why.
Reading is liberal about blanks: a zone of blanks is an absent value, whatever the kind.
Source: *efact-nursing* 2.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any, Final, Literal

from bridge.domain.months import Month
from bridge.errors import ZoneFault, ZoneRefused

Value = str | int | date | time | Month | None
"""What a zone may hold; ``None`` where it holds nothing."""

Letter = Literal["N", "A"]
"""The two types of the official layouts: digits, and characters."""

Writer = Callable[[Any], str]
Reader = Callable[[str], Any]

_NO_HOUR: Final = time(0, 0)
_PLAIN: Final = str.maketrans(
    {
        "Æ": "AE", "æ": "ae", "Œ": "OE", "œ": "oe", "Ø": "O", "ø": "o", "ß": "ss", "Ł": "L",
        "ł": "l", "Đ": "D", "đ": "d", "Þ": "TH", "þ": "th", "\u2018": "'",
        "\u2019": "'", "\u2013": "-", "\u2014": "-",
    },
)  # fmt: skip


def plain_ascii(text: str) -> str:
    """Write a name without accents, as the insurers want it.

    A letter loses its marks; ligatures and letters of the Latin alphabet that have no marks are
    spelled out; curved apostrophes and long dashes become plain ones.
    What is left outside ASCII stays, so that the zone is refused and a person decides.
    Source: *efact-nursing* 2 (one source strips accents, the other also for names).
    """
    apart = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How one kind of zone is written and read.

    Attributes:
        name: What it is called in a layout.
        letter: ``N`` or ``A``.
        writer: Makes the writer for a width.
        read: Reads a text of the right width.
        always: Character that fills the zone for ever, or the text of a constant.
        codes: Codes the zone may hold, with their meaning.
        is_money: The value is an amount in eurocent.
    """

    name: str
    letter: Letter
    writer: Callable[[int], Writer]
    read: Reader
    always: str | None = None
    codes: Mapping[str, str] | None = None
    is_money: bool = False

    def shown(self, value: Value) -> str:
        """Say what a value means, in no language; empty when that says nothing more."""
        if isinstance(value, str):
            return (self.codes or {}).get(value, "")
        if isinstance(value, time):
            return "" if value == _NO_HOUR else value.strftime("%H:%M")
        if self.is_money and isinstance(value, int):
            return f"{Decimal(value) / 100:.2f}"
        return "" if value is None else str(value)


def require_digits(value: str) -> None:
    """Refuse what is not made of ASCII digits alone."""
    if not (value.isascii() and value.isdecimal()):
        raise ZoneRefused(ZoneFault.NOT_NUMERIC)


def require_blanks(text: str) -> None:
    """Let a zone of blanks pass as absent, and refuse every other text that is no number."""
    if not text.isspace():
        raise ZoneRefused(ZoneFault.NOT_NUMERIC)


def text_writer(width: int) -> Writer:
    """Make a writer of text: printable ASCII, left-aligned, filled with blanks."""

    def write(value: str) -> str:
        if not (value.isascii() and value.isprintable()):
            raise ZoneRefused(ZoneFault.NOT_ASCII)
        if len(value) > width:
            raise ZoneRefused(ZoneFault.TOO_LONG)
        return value.ljust(width)

    return write


def read_text(text: str) -> str:
    """Read text, without the blanks behind it."""
    if text.isascii() and text.isprintable():
        return text.rstrip(" ")
    raise ZoneRefused(ZoneFault.NOT_ASCII)


def _read_choice(text: str) -> str | None:
    return read_text(text) or None


def _exact_writer(width: int) -> Writer:
    as_text = text_writer(width)

    def write(value: str) -> str:
        if len(value) != width:
            raise ZoneRefused(ZoneFault.WRONG_LENGTH)
        return as_text(value)

    return write


def _read_exact(text: str) -> str | None:
    if not (text.isascii() and text.isprintable()):
        raise ZoneRefused(ZoneFault.NOT_ASCII)
    return text if text.strip(" 0") else None


def _serial_writer(width: int) -> Writer:
    def write(value: str) -> str:
        if not (value.isascii() and value.isalnum()):
            raise ZoneRefused(ZoneFault.NOT_ASCII)
        if len(value) > width:
            raise ZoneRefused(ZoneFault.TOO_LONG)
        return value.rjust(width, "0")

    return write


def plain_kind(name: str, letter: Letter, writer: Callable[[int], Writer], read: Reader) -> Kind:
    """Make a kind without a list of codes."""
    return Kind(name=name, letter=letter, writer=writer, read=read)


EXACT_DIGITS: Final = plain_kind("exact", "N", _exact_writer, _read_exact)
"""Characters that fill an N zone to the last one; zeros or blanks are nothing."""

EXACT: Final = plain_kind("exact", "A", _exact_writer, _read_exact)
"""As ``EXACT_DIGITS``, in an A zone."""

TEXT: Final = plain_kind("text", "A", text_writer, read_text)
"""Printable ASCII, left-aligned, filled with blanks."""

SERIAL: Final = plain_kind("serial", "N", _serial_writer, read_text)
"""Letters and digits, right-aligned, filled with zeros."""


def fixed(text: str, *, letter: Letter = "N") -> Kind:
    """Give the kind of a zone that always holds the same text."""

    def writer(_width: int) -> Writer:
        return lambda _value: text

    return Kind(name="fixed", letter=letter, writer=writer, read=read_text, always=text)


def filled(character: str, letter: Letter) -> Kind:
    """Give the kind of a reserve: the same character throughout."""

    def writer(width: int) -> Writer:
        return lambda _value: character * width

    return Kind(name="reserve", letter=letter, writer=writer, read=read_text, always=character)


def choice(codes: Mapping[str, str], *, letter: Letter = "N") -> Kind:
    """Give the kind of a zone that holds a code of a list; unknown ones are read as they are."""
    known = frozenset(codes)

    def writer(_width: int) -> Writer:
        def write(value: str) -> str:
            if value in known:
                return value
            raise ZoneRefused(ZoneFault.VALUE_UNKNOWN)

        return write

    return Kind(name="choice", letter=letter, writer=writer, read=_read_choice, codes=codes)


ZEROS: Final = filled("0", "N")
"""A reserve of zeros."""

BLANKS: Final = filled(" ", "A")
"""A reserve of blanks."""
