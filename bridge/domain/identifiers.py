"""Numbers of people, care providers, enterprises and insurers, with their check digits.

Each value is parsed once at the edge and then trusted.
Source: *Identifiers and check digits* 1 to 5.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

from bridge.errors import InvalidIdentifier

_SEPARATORS: Final = str.maketrans("", "", " .-/")
_NIHII_MODULI: Final = (97, 89, 83, 79)
_INSURER_FIRST_DIGITS: Final = frozenset("1234569")
_MEMBERSHIP: Final = re.compile(r"[0-9A-Za-z ]{1,13}")


def _digits(text: str, lengths: tuple[int, ...], kind: str) -> str:
    digits = text.translate(_SEPARATORS)
    if len(digits) not in lengths or not (digits.isascii() and digits.isdigit()):
        raise InvalidIdentifier(kind=kind)
    return digits


@dataclass(frozen=True)
class Niss:
    """Person number (NISS, INSZ): a national or a bis number, 11 digits.

    The century is not part of the number: it is valid when either form of the check fits
    (*Identifiers* 1).
    """

    digits: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a number with or without separators.

        Raises:
            InvalidIdentifier: wrong length, not digits, or wrong check digits.
        """
        digits = _digits(text, (11,), "niss")
        stem, check = digits[:9], int(digits[9:])
        if check not in (97 - int(prefix + stem) % 97 for prefix in ("", "2")):
            raise InvalidIdentifier(kind="niss")
        return cls(digits)

    def __repr__(self) -> str:
        return "Niss(***)"


@dataclass(frozen=True)
class Nihii:
    """Care provider number (INAMI, RIZIV), 8 or 11 digits (*Identifiers* 2)."""

    digits: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a number with or without separators.

        Raises:
            InvalidIdentifier: wrong length, not digits, or check digits fitting no modulus.
        """
        digits = _digits(text, (8, 11), "nihii")
        stem, check = int(digits[:6]), int(digits[6:8])
        if check not in (modulus - stem % modulus for modulus in _NIHII_MODULI):
            raise InvalidIdentifier(kind="nihii")
        return cls(digits)

    @property
    def short(self) -> str:
        """The first 8 digits."""
        return self.digits[:8]

    @property
    def long(self) -> str:
        """The number in 11 digits; a short one is filled with ``000`` (*transport* 4.4)."""
        return self.digits.ljust(11, "0")


@dataclass(frozen=True)
class Cbe:
    """Enterprise number (BCE, KBO), 10 digits; old ones of 9 get a zero (*Identifiers* 3)."""

    digits: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a number with or without separators.

        Raises:
            InvalidIdentifier: wrong length, first digit or check digits.
        """
        digits = _digits(text, (9, 10), "cbe").zfill(10)
        if digits[0] not in "01" or int(digits[8:]) != 97 - int(digits[:8]) % 97:
            raise InvalidIdentifier(kind="cbe")
        return cls(digits)


@dataclass(frozen=True)
class Mutuality:
    """Sickness fund, three digits; the first one is that of its insurer (*Identifiers* 5)."""

    digits: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a code.

        Raises:
            InvalidIdentifier: not three digits, or a first digit that no insurer has.
        """
        digits = _digits(text, (3,), "mutuality")
        if digits[0] not in _INSURER_FIRST_DIGITS:
            raise InvalidIdentifier(kind="mutuality")
        return cls(digits)

    @property
    def insurer(self) -> str:
        """The insurer (union) this fund belongs to, such as ``300`` for ``319``."""
        return self.digits[0] + "00"


@dataclass(frozen=True)
class MembershipNumber:
    """Number of a member at a sickness fund; digits, blanks and letters (*Identifiers* 5)."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a number as printed, 1 to 13 characters.

        Raises:
            InvalidIdentifier: empty, too long, or with other characters.
        """
        if not _MEMBERSHIP.fullmatch(text) or not text.strip():
            raise InvalidIdentifier(kind="membership_number")
        return cls(text)

    def __repr__(self) -> str:
        return "MembershipNumber(***)"
