"""Error codes of insurers: which zone they mean, and what kind of error it is.

A code that no list has is as good as any other: it says its record, its zone and its kind.
Source: *efact-nursing* 3.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Final

from bridge.codecs.efact.scan import LAYOUTS
from bridge.codecs.efact.tables.errors import (
    ANY_HEADER_ERRORS,
    CHAINED_CODE,
    FAMILIES,
    HEADER_ERRORS,
    RECORD_21_TITLES,
    SUFFIXES,
    ErrorKind,
    Letter,
)
from bridge.codecs.fixedwidth import Zone
from bridge.codecs.zonenumbers import AMOUNT, UNITS

_LENGTH: Final = 6
_EFFECTS: Final = MappingProxyType({letter.value: letter for letter in Letter})
_RECORD_21: Final = "21"
_MISSING_BY_04: Final = frozenset({"21", "52"})


@dataclass(frozen=True, kw_only=True)
class ZoneOfError:
    """The zone an error code names.

    Attributes:
        number: As the layout writes it, such as ``24,25``.
        title: What the zone holds.
        start: First position in the record; 0 where the layout is not public.
        length: Characters; 0 where the layout is not public.
    """

    number: str
    title: str
    start: int
    length: int


@dataclass(frozen=True, kw_only=True)
class RecordError:
    """One error of an echoed record.

    Attributes:
        letter: As received; blank letters beside a code are kept as an empty text.
        code: As received, six characters.
        effect: What the letter means; ``None`` for an unknown letter.
        record: Type of the record that the code names; empty when the code names none.
        zone: The zone that the code names; ``None`` when it is in no table.
        kind: Kind of error.
    """

    letter: str
    code: str
    effect: Letter | None
    record: str
    zone: ZoneOfError | None
    kind: ErrorKind


@lru_cache(maxsize=4096)
def record_error(letter: str, code: str) -> RecordError:
    """Read a letter and a code."""
    if code == CHAINED_CODE or not is_code(code):
        record, zone = "", None
        kind = ErrorKind.CHAINED if code == CHAINED_CODE else ErrorKind.OTHER
    else:
        record, zone = code[:2], zone_of(code[:2], code[2:4])
        kind = kind_of(code)
    return RecordError(
        letter=letter,
        code=code,
        effect=_EFFECTS.get(letter),
        record=record,
        zone=zone,
        kind=kind,
    )


def is_code(code: str) -> bool:
    """Tell whether six characters can be an error code: record and zone are numbers."""
    is_whole = len(code) == _LENGTH and code.isascii() and code.isalnum()
    return is_whole and code[:4].isdecimal()


def kind_of(code: str) -> ErrorKind:
    """Give the kind of error that a whole code means.

    Its last two characters decide, but two of them mean *missing* where there is no number with
    leading zeros, or no amount with a sign (520604, 502405).
    """
    record, zone, suffix = code[:2], code[2:4], code[4:]
    found = SUFFIXES.get(suffix)
    if found is ErrorKind.LEADING_DIGITS and record in _MISSING_BY_04:
        return ErrorKind.MISSING
    if found is ErrorKind.SIGN_MISSING and not _is_signed(record, zone):
        return ErrorKind.MISSING
    if found is None and suffix.isdecimal():
        found = FAMILIES.get(suffix[:1])
    return found or ErrorKind.OTHER


def _is_signed(record: str, number: str) -> bool:
    zone = _zones_by_number(record).get(int(number))
    return zone is not None and zone.kind in (AMOUNT, UNITS)


def zone_of(record: str, number: str) -> ZoneOfError | None:
    """Find the zone of a record by the two digits of an error code."""
    if record == _RECORD_21:
        title = RECORD_21_TITLES.get(str(int(number)))
        if title is None:
            return None
        return ZoneOfError(number=str(int(number)), title=title, start=0, length=0)
    found = _zones_by_number(record).get(int(number))
    if found is None:
        return None
    return ZoneOfError(
        number=found.number,
        title=found.title,
        start=found.start,
        length=found.length,
    )


def header_error(zone: str, code: str) -> str:
    """Name an error behind a zone of a segment, or of the records 95 and 96; empty if unknown."""
    return HEADER_ERRORS.get((zone, code)) or ANY_HEADER_ERRORS.get(code, "")


@cache
def _zones_by_number(record: str) -> Mapping[int, Zone]:
    """List the zones of a record by number; of ``50a`` and ``50b`` the first one."""
    layout, found = LAYOUTS.get(record.encode()), dict[int, Zone]()
    for zone in layout.zones if layout else ():
        for part in zone.number.split(","):
            first, _, last = part.rstrip("abc").partition("-")
            for number in range(int(first), int(last or first) + 1):
                found.setdefault(number, zone)
    return MappingProxyType(found)
