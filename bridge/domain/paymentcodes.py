"""What stands on an invoice for whoever pays it: payment codes and structured communications.

Sources: EPC069-12, *Quick Response Code: Guidelines to Enable Data Capture for the Initiation of a
SEPA Credit Transfer*; SIX, *Swiss Implementation Guidelines QR-bill*; Febelfin, *OGM-VCS*.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from bridge.domain.billinginvoices import is_communication

_SEPA: Final = re.compile(
    r"^BCD\s*\n00[12]\s*\n[1-8]\s*\nSCT\s*\n[^\n]*\n[^\n]*\n[A-Z]{2}[0-9]{2}[0-9A-Z ]+\n"
    r"(?:EUR(?P<euros>[0-9]{1,9})(?:\.(?P<cents>[0-9]{1,2}))?)?[ ]*(?:\n|\Z)"
    r"(?P<remittance>(?:[^\n]*\n?){0,3})",
    re.MULTILINE,
)
"""Tag, version, character set, identification, BIC, name, IBAN, amount, and what follows."""

_SWISS_HEAD: Final = ("SPC", "0200", "1")
_SWISS_AMOUNT: Final = 18
_SWISS_CURRENCY: Final = 19
_SWISS_REFERENCE: Final = 28
"""Lines of a QR-bill, from 0."""

_EUROS: Final = re.compile(r"(?P<euros>[0-9]{1,9})\.(?P<cents>[0-9]{2})")
_CREDITOR_REFERENCE: Final = re.compile(r"RF[0-9]{2}[0-9A-Z]{1,21}")
_COMMUNICATION: Final = re.compile(r"(?:\+{3}|\*{3})\s*(\d{3})/(\d{4})/(\d{5})\s*(?:\+{3}|\*{3})")


@dataclass(frozen=True, kw_only=True)
class PaymentCode:
    """What a payment code says.

    Attributes:
        amount: In cents; ``None`` when whoever pays fills it in, or in another currency.
        reference: Structured communication, twelve digits, else the creditor's reference;
            ``None`` without one.
    """

    amount: int | None
    reference: str | None = field(default=None, repr=False)


def communications_in(text: str) -> Iterator[str]:
    """Find structured communications with right check digits, as they are printed."""
    for found in _COMMUNICATION.finditer(text):
        digits = "".join(found.groups())
        if is_communication(digits):
            yield digits


def payment_codes_in(text: str) -> Iterator[PaymentCode]:
    """Find payment codes of euro transfers that stand in a text, line by line."""
    for found in _SEPA.finditer(text.replace("\r\n", "\n")):
        lines = [line.strip() for line in found["remittance"].splitlines()]
        amount = None if found["euros"] is None else _cents(found)
        yield PaymentCode(amount=amount, reference=_reference(lines))


def payment_code_of(text: str) -> PaymentCode | None:
    """Read what a drawn code says; ``None`` when it is no payment code, such as an address."""
    lines = [line.strip() for line in text.splitlines()]
    if tuple(lines[: len(_SWISS_HEAD)]) == _SWISS_HEAD:
        return _swiss(lines)
    return next(payment_codes_in(text), None)


def _reference(lines: Sequence[str]) -> str | None:
    """Give the reference among purpose, structured and free text after the amount.

    Belgian banks take a structured communication in either place; the standard wants a creditor
    reference in the structured one (ISO 11649; EPC069-12, 3.2).
    """
    known = (digits for digits in map(_digits, lines) if is_communication(digits))
    creditors = (line for line in lines if _CREDITOR_REFERENCE.fullmatch(line))
    return next(known, None) or next(creditors, None)


def _digits(line: str) -> str:
    return "".join(character for character in line if character in "0123456789")


def _swiss(lines: Sequence[str]) -> PaymentCode:
    padded = [*lines, *[""] * (_SWISS_REFERENCE + 1)]
    euros = _EUROS.fullmatch(padded[_SWISS_AMOUNT])
    is_euro = euros is not None and padded[_SWISS_CURRENCY] == "EUR"
    reference = padded[_SWISS_REFERENCE].replace(" ", "")
    amount = _cents(euros) if is_euro and euros is not None else None
    return PaymentCode(amount=amount, reference=reference or None)


def _cents(found: re.Match[str]) -> int:
    return int(found["euros"]) * 100 + int((found["cents"] or "0").ljust(2, "0"))
