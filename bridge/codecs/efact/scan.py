"""Cutting a received file into records, whatever it contains.

Nothing is refused here: what does not fit becomes a finding, and the reading goes on behind it.
Source: *efact-nursing* 2 and 3.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from types import MappingProxyType
from typing import Final

from bridge.codecs.efact.checkdigits import record_check
from bridge.codecs.efact.tables.act_records import (
    RECORD_50,
    RECORD_51,
    RECORD_52,
    RECORD_52_BEFORE_2017,
)
from bridge.codecs.efact.tables.file_records import RECORD_10, RECORD_90, RECORD_95, RECORD_96
from bridge.codecs.efact.tables.invoice_records import RECORD_20, RECORD_30, RECORD_80
from bridge.codecs.efact.tables.segments import SEGMENT_200, SEGMENT_300
from bridge.codecs.fixedwidth import Layout, Place, Record, zone
from bridge.codecs.zonekinds import TEXT
from bridge.codecs.zonenumbers import DIGITS, NUMBER
from bridge.errors import ZoneFault, ZoneFinding

HEADER_LENGTH: Final = SEGMENT_200.length + SEGMENT_300.length
RECORD_LENGTH: Final = RECORD_50.length
MOST_ODD: Final = 20
"""Characters outside printable ASCII that are reported one by one."""

UNKNOWN: Final = Layout(
    "",
    "unknown record",
    (
        zone("1", "record type", 1, 2, TEXT, key="record_type"),
        zone("2", "sequence number", 3, 6, NUMBER, key="sequence"),
        zone("", "text", 9, 340, TEXT, key="text"),
        zone("99", "check digits of the record", 349, 2, DIGITS, key="check_digits"),
    ),
    check=record_check,
)
"""Stands for a record whose type is in no table."""

_OLD_FROM: Final = b"19000101"
_OLD_UNTIL: Final = b"20161231"
"""Last day of care for which record 52 had its former layout."""

_LINE_ENDS: Final = b"\r\n\x1a"
_PRINTABLE: Final = bytes(range(0x20, 0x7F))
_ODD: Final = re.compile(rb"[^\x20-\x7e]")

LAYOUTS: Final[Mapping[bytes, Layout]] = MappingProxyType(
    {
        layout.record.encode(): layout
        for layout in (
            RECORD_10,
            RECORD_20,
            RECORD_30,
            RECORD_50,
            RECORD_51,
            RECORD_52,
            RECORD_80,
            RECORD_90,
            RECORD_95,
            RECORD_96,
        )
    },
)
"""Records of 350 characters by their first two."""


def without_line_end(content: bytes) -> bytes:
    """Take off line ends and the end mark that some programs add behind a file."""
    return content.rstrip(_LINE_ENDS)


def layout_at(content: bytes, offset: int) -> Layout:
    """Give the layout of the record of 350 characters that begins at an offset."""
    layout = LAYOUTS.get(content[offset : offset + 2], UNKNOWN)
    if layout is RECORD_52 and _OLD_FROM <= content[offset + 16 : offset + 24] <= _OLD_UNTIL:
        return RECORD_52_BEFORE_2017
    return layout


def records(content: bytes, findings: list[ZoneFinding], *, begin: int = 0) -> Iterator[Record]:
    """Give the records of 350 characters of a file, one after the other.

    Args:
        content: The file.
        findings: Gets what is wrong with the way it is cut.
        begin: Offset of the first record.
    """
    number, offset, end = 1, begin, len(content)
    while offset + RECORD_LENGTH <= end:
        layout, place = layout_at(content, offset), Place(number, offset)
        record = layout.read(content, place)
        if layout is UNKNOWN:
            findings.append(record.finding("record_type", ZoneFault.RECORD_UNKNOWN))
        yield record
        number, offset = number + 1, offset + RECORD_LENGTH
    if offset < end:
        findings.append(of_file(ZoneFault.FILE_TRUNCATED, Place(number, offset)))


def of_file(fault: ZoneFault, place: Place) -> ZoneFinding:
    """Say that something is wrong with the file, from a place on."""
    return ZoneFinding(
        fault=fault,
        record=place.record,
        kind="",
        zone="",
        title="",
        start=1,
        length=0,
        position=place.offset + 1,
    )


def has_odd_characters(content: bytes) -> bool:
    """Tell whether a file holds anything else than printable ASCII."""
    return bool(content.translate(None, _PRINTABLE))


def odd_characters(content: bytes, parts: Iterable[Record]) -> Iterator[ZoneFinding]:
    """Find the first characters outside printable ASCII, with the zone each stands in.

    Args:
        content: The file.
        parts: Its records and segments, in order.
    """
    waiting, part, last = iter(parts), None, 0
    for match in islice(_ODD.finditer(content), MOST_ODD):
        offset = match.start()
        while part is None or offset >= part.place.offset + part.layout.last:
            part = next(waiting, None)
            if part is None:
                yield of_file(ZoneFault.NOT_ASCII, Place(last, offset))
                return
            last = part.place.record
        wrong = part.layout.zone_at(offset - part.place.offset + 1)
        yield part.layout.finding(wrong, ZoneFault.NOT_ASCII, part.place)
