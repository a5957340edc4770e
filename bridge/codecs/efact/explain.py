"""A file or an answer zone by zone, for people who want to see what is in it.

Source: *efact-nursing* 2; the titles are those of the tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from bridge.codecs.efact.answerreader import parts_of
from bridge.codecs.efact.reader import segments
from bridge.codecs.efact.scan import HEADER_LENGTH, records, without_line_end
from bridge.codecs.fixedwidth import Record, Zone
from bridge.errors import ZoneRefused

_OURS: Final = b"920000"


@dataclass(frozen=True, kw_only=True)
class ExplainedZone:
    """One zone of a record.

    Attributes:
        number: As the layout writes it.
        title: What it holds.
        start: First position in the record, from 1.
        length: Characters.
        raw: The characters.
        meaning: A date, an amount, or what a code means; empty where the characters say it all.
        is_reserve: It never holds anything.
    """

    number: str
    title: str
    start: int
    length: int
    raw: str = field(repr=False)
    meaning: str = field(repr=False)
    is_reserve: bool


@dataclass(frozen=True, kw_only=True)
class ExplainedRecord:
    """One record, segment or trailer.

    Attributes:
        kind: Type of the record or segment; empty for the trailer of an insurer.
        title: What it is.
        record: Place in the file from 1; 0 for the segments.
        position: First position in the file, from 1.
        zones: In order.
    """

    kind: str
    title: str
    record: int
    position: int
    zones: tuple[ExplainedZone, ...]


def explain(content: bytes) -> Iterator[ExplainedRecord]:
    """Explain a file of ours or an answer, as far as it can be cut into records."""
    content = without_line_end(content)
    if content.startswith(_OURS):
        for segment in segments(content) or ():
            yield explained(segment)
        for record in records(content, [], begin=HEADER_LENGTH):
            yield explained(record)
    else:
        for part in parts_of(content):
            yield explained(part)


def explained(record: Record) -> ExplainedRecord:
    """Explain one record."""
    layout = record.layout
    return ExplainedRecord(
        kind=layout.record,
        title=layout.title,
        record=record.place.record,
        position=record.place.offset + layout.zones[0].start,
        zones=tuple(_zone(zone, text) for zone, text in layout.texts(record)),
    )


def _zone(zone: Zone, text: str) -> ExplainedZone:
    return ExplainedZone(
        number=zone.number,
        title=zone.title,
        start=zone.start,
        length=zone.length,
        raw=text,
        meaning=_meaning(zone, text),
        is_reserve=not zone.key,
    )


def _meaning(zone: Zone, text: str) -> str:
    if not zone.key:
        return ""
    try:
        return zone.kind.shown(zone.kind.read(text))
    except ZoneRefused:
        return ""
