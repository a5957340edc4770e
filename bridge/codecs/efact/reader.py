"""Reading a file of ours: its records, whether it holds, and its values.

Source: *efact-nursing* 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bridge.codecs.efact import decoding
from bridge.codecs.efact.scan import (
    HEADER_LENGTH,
    has_odd_characters,
    odd_characters,
    of_file,
    records,
    without_line_end,
)
from bridge.codecs.efact.tables.act_records import RECORD_52_BEFORE_2017
from bridge.codecs.efact.tables.segments import SEGMENT_200, SEGMENT_300
from bridge.codecs.efact.values import Act, Invoice, InvoiceFile
from bridge.codecs.efact.verifier import Verifier
from bridge.codecs.fixedwidth import Place, Record
from bridge.errors import ZoneFault, ZoneFinding

_MESSAGE: Final = "920000"


@dataclass(frozen=True, kw_only=True)
class ReadFile:
    """What a file of ours says.

    Attributes:
        file: Its values; ``None`` when something keeps them from being read.
        findings: Everything that is wrong with it.
    """

    file: InvoiceFile | None
    findings: tuple[ZoneFinding, ...]


def segments(content: bytes) -> tuple[Record, Record] | None:
    """Give the segments 200 and 300 of a file of ours; ``None`` when they are not all there."""
    if len(content) < HEADER_LENGTH:
        return None
    second = SEGMENT_300.read(content, Place(0, SEGMENT_200.length))
    return SEGMENT_200.read(content, Place(0, 0)), second


def verify(content: bytes, *, is_strict: bool = True) -> tuple[ZoneFinding, ...]:
    """Check a file of ours.

    Args:
        content: The file.
        is_strict: Check also that each zone is written exactly as we write it, reserves included.
    """
    findings: list[ZoneFinding] = []
    parts = segments(content)
    if parts is None:
        return (of_file(ZoneFault.FILE_TRUNCATED, Place(0, len(content))),)
    if parts[0].raw("message") != _MESSAGE:
        findings.append(parts[0].finding("message", ZoneFault.MESSAGE_UNKNOWN))
    verifier = Verifier(findings, segments=parts)
    number = 0
    for record in records(content, findings, begin=HEADER_LENGTH):
        verifier.take(record)
        number = record.place.record
        if is_strict:
            findings.extend(record.layout.form_faults(record))
    verifier.finish(Place(number + 1, len(content)))
    if is_strict:
        for part in parts:
            findings.extend(part.layout.form_faults(part))
    if has_odd_characters(content):
        every = [*parts, *records(content, [], begin=HEADER_LENGTH)]
        findings.extend(odd_characters(content, every))
    return tuple(findings)


def read(content: bytes) -> ReadFile:
    """Read a file of ours into values; a line end behind it is no fault."""
    content = without_line_end(content)
    findings = list(verify(content, is_strict=False))
    parts = segments(content)
    if parts is None:
        return ReadFile(file=None, findings=tuple(findings))
    collector = _Collector()
    for record in records(content, [], begin=HEADER_LENGTH):
        collector.take(record)
    file = collector.file(parts)
    findings.extend(found for found in collector.findings if found not in findings)
    return ReadFile(file=None if findings else file, findings=tuple(findings))


class _Collector:
    """Puts the records of a file together to values."""

    def __init__(self) -> None:
        self.findings: list[ZoneFinding] = []
        self._invoices: list[Invoice] = []
        self._acts: list[Act] = []
        self._frames: dict[str, Record] = {}

    def take(self, record: Record) -> None:
        """Add the next record."""
        kind, findings = record.layout.record, self.findings
        if kind in ("10", "20", "96"):
            self._frames[kind] = record
        elif kind == "50":
            self._acts.append(decoding.act(record, findings))
        elif kind == "51" and self._acts:
            self._acts[-1] = decoding.with_commitment(self._acts[-1], record, findings)
        elif kind == "52" and self._acts:
            is_old = record.layout is RECORD_52_BEFORE_2017
            add = decoding.with_old_reading if is_old else decoding.with_reading
            self._acts[-1] = add(self._acts[-1], record, findings)
        elif kind == "80" and "20" in self._frames:
            self._invoices.append(decoding.invoice(self._frames["20"], self._acts, findings))
            self._acts = []

    def file(self, parts: tuple[Record, Record]) -> InvoiceFile | None:
        """Give the whole; ``None`` without file header or total of the message."""
        ten, total = self._frames.get("10"), self._frames.get("96")
        if ten is None or total is None:
            return None
        header = decoding.file_header(
            first=parts[0],
            second=parts[1],
            record_10=ten,
            union=total.raw("mutuality")[:1] + "00",
            findings=self.findings,
        )
        return InvoiceFile(header=header, invoices=tuple(self._invoices))
