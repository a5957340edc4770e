"""Reading answers of insurers, whatever they contain.

Nothing here raises: what is wrong is a finding with its record, zone and position, and what can be
read is read.
Unknown codes and letters are kept as they are.
Source: *efact-nursing* 3.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bridge.codecs.efact.answerparts import (
    echoed_record,
    invoicing,
    totals,
    zone_errors,
)
from bridge.codecs.efact.answers import Answer, AnswerName, EchoedRecord, Totals
from bridge.codecs.efact.scan import (
    has_odd_characters,
    layout_at,
    odd_characters,
    of_file,
    records,
    without_line_end,
)
from bridge.codecs.efact.settlements import balance_findings
from bridge.codecs.efact.tables.answer_records import RECORD_91, RECORD_92, TRAILER
from bridge.codecs.efact.tables.segments import (
    SEGMENT_200,
    SEGMENT_300,
    SEGMENT_300_ANSWER,
    SEGMENT_300_RECEIPT,
)
from bridge.codecs.efact.values import PRODUCTION, TEST
from bridge.codecs.fixedwidth import Layout, Place, Record
from bridge.errors import ZoneFault, ZoneFinding

_BLOCK: Final = TRAILER.last
_NAME_LENGTH: Final = 6
_SETTLED: Final = {b"91": RECORD_91, b"92": RECORD_92}
_SEGMENTS: Final = {
    AnswerName.RECEIVED: SEGMENT_300_RECEIPT,
    AnswerName.MESSAGE_REFUSED: SEGMENT_300,
    AnswerName.FILE_REFUSED: SEGMENT_300_ANSWER,
    AnswerName.FILE_ACCEPTED: SEGMENT_300_ANSWER,
    AnswerName.SETTLED: SEGMENT_300_ANSWER,
}


def read(content: bytes) -> Answer:
    """Read an answer."""
    content = without_line_end(content)
    reading = _Reading(content, _name_of(content))
    answer = reading.answer(content[:_NAME_LENGTH].decode("latin-1"))
    if has_odd_characters(content):
        reading.findings.extend(odd_characters(content, reading.parts))
    return replace(answer, findings=tuple(reading.findings))


def parts_of(content: bytes) -> list[Record]:
    """Give every segment, record and trailer of an answer, in order, as far as it can be cut."""
    content = without_line_end(content)
    reading = _Reading(content, _name_of(content))
    reading.answer("")
    return reading.parts


def _name_of(content: bytes) -> AnswerName | None:
    text = content[:_NAME_LENGTH].decode("latin-1")
    return AnswerName(text) if text in set(AnswerName) else None


class _Reading:
    """One answer while it is read.

    Attributes:
        parts: Every segment, record and trailer in order.
        findings: What was found until now.
    """

    def __init__(self, content: bytes, name: AnswerName | None) -> None:
        self.content = content
        self.name = name
        self.parts: list[Record] = []
        self.findings: list[ZoneFinding] = []
        self._offset = 0

    def answer(self, text: str) -> Answer:
        """Read the whole."""
        first = self._segment(SEGMENT_200)
        if first is None:
            return Answer(
                message=text,
                name=self.name,
                is_test=None,
                sender_reference=None,
                insurer_reference=None,
                status="",
            )
        if self.name is None:
            self.findings.append(first.finding("message", ZoneFault.MESSAGE_UNKNOWN))
        answer = self._facts_of(first, text)
        second = self._segment(_SEGMENTS[self.name]) if self.name else None
        if second is None:
            return answer
        answer = replace(answer, errors=(*answer.errors, *zone_errors(second)))
        if self.name is AnswerName.RECEIVED:
            self._refuse_rest()
            return replace(answer, acknowledged=second.get("acknowledged", self.findings))
        answer = replace(answer, invoicing=invoicing(second, self.findings))
        if self.name is AnswerName.MESSAGE_REFUSED:
            return self._refused_message(answer)
        return self._answered_file(answer)

    def _facts_of(self, first: Record, text: str) -> Answer:
        kind = first.get("message_type", self.findings)
        if kind not in (TEST, PRODUCTION):
            self.findings.append(first.finding("message_type", ZoneFault.VALUE_UNKNOWN))
        return Answer(
            message=text,
            name=self.name,
            is_test=kind == TEST if kind in (TEST, PRODUCTION) else None,
            sender_reference=first.get("sender_reference", self.findings),
            insurer_reference=first.get("insurer_reference", self.findings),
            status=first.raw("status"),
            errors=zone_errors(first),
        )

    def _segment(self, layout: Layout) -> Record | None:
        """Take the next segment; one that is cut off is filled up with blanks and found."""
        rest = self.content[self._offset : self._offset + layout.length]
        place = Place(0, self._offset)
        if len(rest) < layout.length:
            self.findings.append(of_file(ZoneFault.FILE_TRUNCATED, Place(0, len(self.content))))
            if layout is SEGMENT_200 or not rest:
                return None
        padded = rest.decode("latin-1").ljust(layout.length)
        segment = Record(layout, padded, place)
        self.parts.append(segment)
        self._offset += layout.length
        return segment

    def _refuse_rest(self) -> None:
        if len(self.content) > self._offset:
            self.findings.append(of_file(ZoneFault.FILE_TOO_LONG, Place(1, self._offset)))

    def _refused_message(self, answer: Answer) -> Answer:
        """Read the erroneous records 95 and 96 behind the header."""
        found: list[Totals] = []
        for record in records(self.content, self.findings, begin=self._offset):
            self.parts.append(record)
            if record.layout.record in ("95", "96"):
                found.append(totals(record, self.findings))
            elif record.layout.record:
                self.findings.append(record.finding("record_type", ZoneFault.ORDER_WRONG))
        if not found and not answer.errors:
            self._miss_record(self._offset)
        return replace(answer, totals=tuple(found))

    def _answered_file(self, answer: Answer) -> Answer:
        """Read the blocks of 800 behind the header."""
        echoed: list[EchoedRecord] = []
        settled: list[Totals] = []
        number = 1
        while self._offset + _BLOCK <= len(self.content):
            place = Place(number, self._offset)
            settlement = _SETTLED.get(self.content[self._offset : self._offset + 2])
            if settlement is not None:
                settled.append(self._settlement(settlement, place))
            else:
                echoed.append(self._echo(place, is_late=bool(settled)))
            number, self._offset = number + 1, self._offset + _BLOCK
        if self._offset < len(self.content):
            self.findings.append(of_file(ZoneFault.FILE_TRUNCATED, Place(number, self._offset)))
        self._require_frame(echoed, settled)
        self.findings.extend(balance_findings(settled))
        ends = bool(settled) and settled[-1].record.layout is RECORD_92
        return replace(
            answer,
            records=tuple(echoed),
            totals=tuple(settled[:-1] if ends else settled),
            settlement=settled[-1] if ends else None,
        )

    def _echo(self, place: Place, *, is_late: bool) -> EchoedRecord:
        layout = layout_at(self.content, place.offset)
        record = layout.read(self.content, place)
        trailer = TRAILER.read(self.content, place)
        self.parts.extend((record, trailer))
        if not layout.record:
            self.findings.append(record.finding("record_type", ZoneFault.RECORD_UNKNOWN))
        elif is_late or layout.record in ("95", "96"):
            self.findings.append(record.finding("record_type", ZoneFault.ORDER_WRONG))
        return echoed_record(record, trailer, self.findings)

    def _settlement(self, layout: Layout, place: Place) -> Totals:
        record = layout.read(self.content, place)
        self.parts.append(record)
        if self.name is not AnswerName.SETTLED:
            self.findings.append(record.finding("record_type", ZoneFault.ORDER_WRONG))
        return totals(record, self.findings)

    def _require_frame(self, echoed: list[EchoedRecord], settled: list[Totals]) -> None:
        """Find a file that ends too early at the border of a record."""
        if not echoed and self.name is AnswerName.FILE_REFUSED:
            return
        kinds = [each.kind for each in echoed]
        is_framed = bool(kinds) and kinds[0] == "10" and kinds[-1] == "90"
        is_settled = [each.record.layout.record for each in settled][-1:] == ["92"]
        if not is_framed or (self.name is AnswerName.SETTLED and not is_settled):
            self._miss_record(len(self.content))

    def _miss_record(self, offset: int) -> None:
        number = 1 + sum(part.layout is not TRAILER for part in self.parts if part.place.record)
        self.findings.append(of_file(ZoneFault.RECORD_MISSING, Place(number, offset)))
