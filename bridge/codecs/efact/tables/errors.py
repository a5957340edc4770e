"""What the letters and the last part of an error code mean.

The official sentences are no part of the program (D4); these are kinds of errors in our own words.
Source: *efact-nursing* 3.2, tables ``efact/error-letters.csv``, ``efact/error-suffixes.csv``,
``efact/header-error-codes.csv`` and ``efact/record-21-zones.csv``.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Letter(StrEnum):
    """What an error does; the letter of the answer decides, never that of a list."""

    BLOCKING = "B"
    ACT_REJECTED = "R"
    INVOICE_REJECTED = "F"
    RIGHTS_DIFFER = "E"
    SIGNAL = "S"


class ErrorKind(StrEnum):
    """What is wrong at a zone, by the last two characters of an error code."""

    NOT_NUMERIC = "not_numeric"
    CHECK_DIGITS = "check_digits"
    NOT_ALLOWED = "not_allowed"
    LEADING_DIGITS = "leading_digits"
    MISSING = "missing"
    SIGN_MISSING = "sign_missing"
    SIGN_INSIDE = "sign_inside"
    CHARACTERS = "characters"
    INCONSISTENT = "inconsistent"
    UNKNOWN_TO_INSURER = "unknown_to_insurer"
    ADMINISTRATIVE = "administrative"
    RIGHTS = "rights"
    CHAINED = "chained"
    OTHER = "other"


SUFFIXES: Final[Mapping[str, ErrorKind]] = MappingProxyType(
    {
        "01": ErrorKind.NOT_NUMERIC,
        "02": ErrorKind.CHECK_DIGITS,
        "03": ErrorKind.NOT_ALLOWED,
        "04": ErrorKind.LEADING_DIGITS,
        "05": ErrorKind.SIGN_MISSING,
        "06": ErrorKind.SIGN_INSIDE,
        "09": ErrorKind.CHARACTERS,
    },
)

FAMILIES: Final[Mapping[str, ErrorKind]] = MappingProxyType(
    {
        "1": ErrorKind.INCONSISTENT,
        "2": ErrorKind.UNKNOWN_TO_INSURER,
        "3": ErrorKind.ADMINISTRATIVE,
        "4": ErrorKind.RIGHTS,
    },
)
"""By the first of the two characters, where ``SUFFIXES`` has no line.

Suffixes with letters (``A0`` to ``K9``) extend the same families, but which of them is not public.
"""

CHAINED_CODE: Final = "050000"
"""One insurer marks a rejection that follows from another one with this code."""

NO_CODE: Final = "000000"

HEADER_ERRORS: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("200", "20"): "message_name_unknown",
        ("200", "21"): "message_not_allowed",
        ("200", "22"): "message_not_an_invoice",
        ("201", "20"): "version_expired",
        ("201", "21"): "version_too_early",
        ("201", "30"): "version_not_allowed",
        ("202", "30"): "test_in_production",
        ("202", "31"): "production_in_test",
        ("301", "40"): "already_received",
        ("302", "20"): "date_in_future",
        ("302", "21"): "date_too_old",
        ("304", "21"): "version_differs_from_type",
        ("308", "20"): "not_for_this_sector",
        ("309", "20"): "not_for_this_sector",
        ("309", "30"): "accounts_not_allowed",
        ("401", "20"): "number_unknown",
        ("401", "21"): "mutuality_not_in_file",
        ("404", "40"): "sign_missing",
        ("404", "41"): "total_differs",
        ("406", "15"): "account_b_not_allowed",
        ("406", "40"): "sign_missing",
        ("406", "41"): "total_differs",
        ("408", "20"): "sum_of_accounts_differs",
        ("408", "40"): "sign_missing",
        ("501", "20"): "number_unknown",
        ("504", "40"): "sign_missing",
        ("506", "15"): "account_b_not_allowed",
        ("506", "40"): "sign_missing",
        ("508", "20"): "sum_of_accounts_differs",
        ("508", "40"): "sign_missing",
    },
)
"""Our names for error codes behind zones of segments and of records 95 and 96."""

ANY_HEADER_ERRORS: Final[Mapping[str, str]] = MappingProxyType(
    {"10": "not_filled", "11": "wrong_format", "20": "not_allowed"},
)
"""The same for zones without a line of their own."""

RECORD_21_TITLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "1": "record type",
        "2": "sequence number",
        "3": "hour of reading",
        "4": "date of the act or admission the reading belongs to",
        "5": "kind of reading",
        "6": "kind of support",
        "7": "reason for the sticker",
        "8": "reason of manual or deferred reading",
        "9": "serial number",
        "10": "urgency or day-hospital mark",
        "11": "date of reading",
        "99": "check digits",
    },
)
"""Zones of record 21; its widths are not public and nurses do not write it."""
