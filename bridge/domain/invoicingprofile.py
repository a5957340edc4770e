"""What an invoice file says of who is paid: account, contact, qualification, enterprise number.

Source: *Identifiers* 3 and 4; *eFact for nursing* 5.6 and its tables of segment 300 and record 10.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Self

from bridge.domain.identifiers import Cbe
from bridge.errors import Finding, InvalidIdentifier

NO_QUALIFICATION: Final = "000"
"""What a group of nurses has instead of a qualification code (record 10 zone 18)."""

LONGEST_LAST_NAME: Final = 45
"""Characters of zone 305."""

LONGEST_FIRST_NAME: Final = 24
"""Characters of zone 306."""

_IBAN: Final = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{10,30}")
_BELGIAN: Final = re.compile(r"BE[0-9]{14}")
_BIC: Final = re.compile(r"[A-Z]{6}[0-9A-Z]{2}([0-9A-Z]{3})?")
_PHONE: Final = re.compile(r"[0-9]{6,10}")
_QUALIFICATION: Final = re.compile(r"[0-9]{3}")
_MODULUS: Final = 97
_BLANKS: Final = str.maketrans("", "", " ")


@dataclass(frozen=True)
class Iban:
    """Number of an account (*Identifiers* 4)."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a number with or without blanks.

        Raises:
            InvalidIdentifier: wrong form or check digits; a Belgian number has two pairs of them.
        """
        kept = text.translate(_BLANKS).upper()
        if not _IBAN.fullmatch(kept) or not _has_valid_check(kept):
            raise InvalidIdentifier(kind="iban")
        return cls(kept)

    def __repr__(self) -> str:
        return "Iban(***)"


@dataclass(frozen=True)
class Bic:
    """Code of a bank, 8 or 11 characters (*Identifiers* 4)."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a code.

        Raises:
            InvalidIdentifier: wrong length or characters.
        """
        kept = text.translate(_BLANKS).upper()
        if not _BIC.fullmatch(kept):
            raise InvalidIdentifier(kind="bic")
        return cls(kept)


@dataclass(frozen=True, kw_only=True)
class InvoicingProfile:
    """What a registration needs besides its numbers to send invoices.

    Attributes:
        iban: Account that insurers pay to; they know it for this payer (103620).
        bic: Its bank.
        contact_last_name: Whom an insurer may call; accents are taken off when it is written.
        contact_first_name: As above.
        contact_phone: 6 to 10 digits.
        qualification: Three digits for a single nurse, ``000`` for a group (101810).
        enterprise: Enterprise number in record 10, when it is another than the registration's.
    """

    iban: Iban = field(repr=False)
    bic: Bic = field(repr=False)
    contact_last_name: str = field(repr=False)
    contact_first_name: str = field(repr=False)
    contact_phone: str = field(repr=False)
    qualification: str = NO_QUALIFICATION
    enterprise: Cbe | None = None


def check_profile(
    profile: InvoicingProfile, *, cbe: Cbe | None, is_group: bool
) -> tuple[Finding, ...]:
    """Find what an insurer would refuse; pointers are within a registration.

    Args:
        profile: What was filled in.
        cbe: Enterprise number of the registration.
        is_group: Whether a group of nurses is paid.
    """
    found: list[tuple[str, str]] = []
    if not _PHONE.fullmatch(profile.contact_phone):
        found.append(("contact_phone", "value_invalid"))
    for member, most in (
        ("contact_last_name", LONGEST_LAST_NAME),
        ("contact_first_name", LONGEST_FIRST_NAME),
    ):
        name = getattr(profile, member)
        if not name.strip() or not name.isprintable() or len(name) > most:
            found.append((member, "value_invalid"))
    if (code := _qualification_problem(profile.qualification, is_group=is_group)) is not None:
        found.append(("qualification", code))
    if profile.enterprise is None and cbe is None:
        found.append(("enterprise_number", "enterprise_number_missing"))
    return tuple(Finding(pointer=f"/invoicing/{member}", code=code) for member, code in found)


def _qualification_problem(qualification: str, *, is_group: bool) -> str | None:
    if not _QUALIFICATION.fullmatch(qualification):
        return "value_invalid"
    is_missing = qualification == NO_QUALIFICATION
    if is_group:
        return None if is_missing else "member_not_for_kind"
    return "qualification_missing" if is_missing else None


def _has_valid_check(text: str) -> bool:
    turned = "".join(str(int(letter, 36)) for letter in text[4:] + text[:4])
    if int(turned) % _MODULUS != 1:
        return False
    if not text.startswith("BE"):
        return True
    account = text[4:]
    is_belgian = _BELGIAN.fullmatch(text) is not None
    return is_belgian and int(account[10:]) == (int(account[:10]) % _MODULUS or _MODULUS)
