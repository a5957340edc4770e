"""Reading a file of ours: its records, whether it holds, and its values.

Source: *efact-nursing* 2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
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
from bridge.codecs.efact.tables.segments import SEGMENT_200, SEGMENT_300
from bridge.codecs.efact.values import Act, ActReading, Commitment, Invoice, InvoiceFile
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
    for part in _verified(content, findings):
        if is_strict:
            findings.extend(part.layout.form_faults(part))
    return tuple(findings)


def read(content: bytes) -> ReadFile:
    """Read a file of ours into values; a line end behind it is no fault."""
    findings: list[ZoneFinding] = []
    collector = _Collector(findings)
    for part in _verified(without_line_end(content), findings):
        collector.take(part)
    file = collector.file()
    every = tuple(dict.fromkeys(findings))
    return ReadFile(file=None if every else file, findings=every)


def _verified(content: bytes, findings: list[ZoneFinding]) -> Iterator[Record]:
    """Give the segments and records of a file, each after it was checked."""
    parts = segments(content)
    if parts is None:
        findings.append(of_file(ZoneFault.FILE_TRUNCATED, Place(0, len(content))))
        return
    if parts[0].raw("message") != _MESSAGE:
        findings.append(parts[0].finding("message", ZoneFault.MESSAGE_UNKNOWN))
    yield from parts
    verifier = Verifier(findings, segments=parts)
    number = 0
    for record in records(content, findings, begin=HEADER_LENGTH):
        verifier.take(record)
        number = record.place.record
        yield record
    verifier.finish(Place(number + 1, len(content)))
    if has_odd_characters(content):
        again = records(content, [], begin=HEADER_LENGTH)
        findings.extend(odd_characters(content, chain(parts, again)))


class _Collector:
    """Puts the records of a file together to values."""

    def __init__(self, findings: list[ZoneFinding]) -> None:
        self._findings = findings
        self._invoices: list[Invoice] = []
        self._acts: list[Act] = []
        self._frames: dict[str, Record] = {}
        self._act: Record | None = None
        self._commitment: Commitment | None = None
        self._reading: ActReading | None = None

    def take(self, part: Record) -> None:
        """Add the next segment or record."""
        match part.layout.record:
            case "200" | "300" | "10" | "20" | "96" as kind:
                self._frames[kind] = part
            case "50":
                self._end_act()
                self._act = part
            case "51":
                self._commitment = decoding.commitment(part, self._findings)
            case "52":
                self._reading = decoding.reading(part, self._findings)
            case "80":
                self._end_act()
                self._end_invoice()

    def _end_act(self) -> None:
        if self._act is not None:
            act = decoding.act(self._act, self._commitment, self._reading, self._findings)
            self._acts.append(act)
        self._act = self._commitment = self._reading = None

    def _end_invoice(self) -> None:
        header = self._frames.get("20")
        if header is not None:
            self._invoices.append(decoding.invoice(header, self._acts, self._findings))
        self._acts = []

    def file(self) -> InvoiceFile | None:
        """Give the whole; ``None`` without file header or total of the message."""
        if not {"10", "96"} <= self._frames.keys():
            return None
        header = decoding.file_header(
            first=self._frames["200"],
            second=self._frames["300"],
            record_10=self._frames["10"],
            union=self._frames["96"].raw("mutuality")[:1] + "00",
            findings=self._findings,
        )
        return InvoiceFile(header=header, invoices=tuple(self._invoices))
