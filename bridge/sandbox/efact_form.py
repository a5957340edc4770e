"""What the played insurers demand of a file's form: order, numbering, zones, check digits.

Each deviation has the official code of record, zone and kind; all of them refuse the file.
Source: *Electronic invoicing* 2.1, 2.2 and the tables of records and codes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bridge.sandbox.efact_findings import Findings
from bridge.sandbox.efact_reading import InvoiceFile, Record, day_of, record_check

_KINDS: Final = ("10", "20", "50", "51", "52", "80", "90")

_BEFORE: Final = {
    "20": ("10", "80"),
    "50": ("20", "50", "51", "52"),
    "51": ("50",),
    "52": ("50", "51"),
    "80": ("50", "51", "52"),
    "90": ("80",),
}
_AFTER: Final = {
    "10": ("20",),
    "20": ("50",),
    "50": ("50", "51", "52", "80"),
    "51": ("50", "52", "80"),
    "52": ("50", "80"),
    "80": ("20", "90"),
}
"""Who may stand before and behind (*2.1*); records 21, 30 and 40 are none of a nurse's."""

_NUMERIC: Final = {
    "10": "2 3 4 7 13 14 15 22 23",
    "20": "2 3 4 6a 7 8a,8b 9 10 11 13 14 16 17 18 22 24,25 26 27 32",
    "50": "2 3 4 7 8a,8b 9 10 11 12 13 14 15 16 17,18 23 24,25 26 29 33 34 35 36,37 38 46 48 49",
    "51": "2 4 8a,8b 15 27",
    "52": "2 4 8a,8b 12,13 15 17 18",
    "80": "2 4 7 8a,8b 9 10 13 14 17 18 22 24,25 32",
    "90": "2 7 14 22 23 98",
}
"""Zones that hold digits: kind 01."""

_DAYS: Final = {
    "10": "25,26",
    "20": "5 20,21",
    "50": "5 6a,6b 20,21",
    "51": "5 55",
    "52": "5 6a,6b",
    "80": "5 20,21",
}
"""Zones that hold a day, or zeros: kind 01."""

_SIGNED: Final = {
    "50": "19 22 27 30,31",
    "51": "19",
    "80": "15 19 27 30,31 38",
    "90": "15 19",
}
"""Zones that hold a sign, kind 05, and digits, kind 06 when another sign stands among them."""

_EMPTY: Final = {
    "10": "11 12 16 17 19 20 21 24 29 30 35 42 44 46 47 48 54 55 56 57 58 59 98",
    "20": "12 23 33 40 46 48 52 59 98",
    "50": "53,54a",
    "51": "3 6a 7 9 10 11 12 13 14 16 20 21 22 23 24 25 26 28 29 30 31 32 33 34 35 36 37 38 39 "
    "40 41 46 47 48 49 50 51 52 53 54a 56 57 58 59 98",
    "52": "7 14",
    "80": "3 11 12 16 23 26 29 33 34 35 36 37 39 40 41 42 43a 44 45 46 47 48 49 50 51 52 53 "
    "54a,54b 55 56 57 58 59",
    "90": "3 4 9 10 11 12 13 16 17 18 20 21 24 25 26 29 30 35 42 44 45 46 47 48 53 54a,54b 55 "
    "56 57 58 59",
}
"""Zones that hold nothing: kind 01."""

_EMPTY_BY_OTHER_KIND: Final = {
    "10": {"5,6a": "0504", "6b": "0601", "8a": "0804", "8b": "0809", "9": "0911", "10": "1011"},
    "90": {"5,6a": "0504", "6b": "0601", "8a": "0804", "8b": "0809"},
}

_FIRST_ZERO: Final = {
    "10": "14 22",
    "20": "14",
    "50": "4 14 15 24,25 49",
    "51": "4 15",
    "80": "14",
    "90": "14 22",
}
"""Zones whose first digit is zero: kind 04."""


def codes_of_form() -> set[str]:
    """Give every code the content of a zone may get, to be compared with the official list."""
    tables = [(table, kind) for table, _, kind in _DEMANDS]
    tables += [(_SIGNED, kind) for kind in ("01", "05", "06")]
    return {
        record + number_of(name) + kind
        for table, kind in tables
        for record in table
        for name in _names(table, record)
    }


def check_form(file: InvoiceFile, findings: Findings) -> None:
    """Look at order, numbering and zones of every record of the body."""
    for record in file.body:
        _check_place(file, record, findings)
        if record.kind in _KINDS:
            _check_zones(record, findings)


def _check_place(file: InvoiceFile, record: Record, findings: Findings) -> None:
    kind, place = record.kind, record.place
    before = file.body[place - 1].kind if place else None
    after = file.body[place + 1].kind if place + 1 < len(file.body) else None
    is_first, is_last = kind == "10", kind == "90"
    if (is_first and place) or (kind in _BEFORE and before not in _BEFORE[kind]):
        findings.block(record, "0110")
    if (is_last and after is not None) or (kind in _AFTER and after not in _AFTER[kind]):
        findings.block(record, "0111")
    number = record.text[2:8]
    if kind in _KINDS and number.isdigit() and number != f"{place + 1:06}":
        findings.block(record, "0110" if is_first else "0210")


def _check_zones(record: Record, findings: Findings) -> None:
    for name in _names(_SIGNED, record.kind):
        _check_signed(record, name, findings)
    for table, is_right, kind in _DEMANDS:
        for name in _names(table, record.kind):
            if not is_right(record.zone(name)):
                findings.block(record, number_of(name) + kind)
    for name, code in _EMPTY_BY_OTHER_KIND.get(record.kind, {}).items():
        if not _is_zeros(record.zone(name)):
            findings.block(record, code)
    if record.text[348:] != record_check(record.text):
        findings.block(record, "9902")


def _is_day(text: str) -> bool:
    return _is_zeros(text) or day_of(text) is not None


def _is_zeros(text: str) -> bool:
    return not text.strip("0")


def _begins_with_zero(text: str) -> bool:
    return text[0] == "0" or not text.isdigit()


_DEMANDS: Final[tuple[tuple[dict[str, str], Callable[[str], bool], str], ...]] = (
    (_NUMERIC, str.isdigit, "01"),
    (_DAYS, _is_day, "01"),
    (_EMPTY, _is_zeros, "01"),
    (_FIRST_ZERO, _begins_with_zero, "04"),
)


def _check_signed(record: Record, name: str, findings: Findings) -> None:
    text = record.zone(name)
    if text[0] not in "+-":
        findings.block(record, f"{number_of(name)}05")
    elif any(sign in text[1:] for sign in "+-"):
        findings.block(record, f"{number_of(name)}06")
    elif not text[1:].isdigit():
        findings.block(record, f"{number_of(name)}01")


def _names(table: dict[str, str], kind: str) -> list[str]:
    return table.get(kind, "").split()


def number_of(name: str) -> str:
    """Give a zone's number as codes have it: two digits of the first one."""
    first = name.split(",", maxsplit=1)[0]
    return first.rstrip("ab").zfill(2)
