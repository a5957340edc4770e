"""What the played insurers find wrong: official codes with the letters of the official list.

Only codes that the specification's list knows are ever given.
Source: *Electronic invoicing* 3.2 and its tables of codes, letters and header codes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from bridge.sandbox.efact_reading import Record


class Letter(Enum):
    """What a code does (*3.2*)."""

    BLOCKING = "B"
    REJECTED_ACT = "R"
    REJECTED_INVOICE = "F"
    OTHER_RIGHTS = "E"
    SIGNAL = "S"


@dataclass(frozen=True)
class Finding:
    """One code at one record.

    Attributes:
        place: The record's place in the body.
        code: Six characters: record, zone, kind.
        is_chained: It only follows from a code at another record, and does not count.
    """

    place: int
    letter: Letter
    code: str
    is_chained: bool = False

    @property
    def rejects(self) -> bool:
        """Whether something is not paid because of it."""
        return self.letter in (Letter.BLOCKING, Letter.REJECTED_ACT, Letter.REJECTED_INVOICE)


@dataclass(frozen=True)
class HeaderFinding:
    """A two-digit code at a zone of a segment, or of a record 95 or 96.

    Attributes:
        kind: ``200``, ``300``, ``95`` or ``96``.
        place: Which record 95; 0 otherwise.
        zone: Such as ``404``.
        code: Two digits.
    """

    kind: str
    place: int
    zone: str
    code: str


class Findings:
    """Everything found in one file.

    Attributes:
        of_header: What is wrong with the message itself.
    """

    def __init__(self) -> None:
        """Begin without any."""
        self.of_header: list[HeaderFinding] = []
        self._by_place: dict[int, list[Finding]] = {}

    @property
    def of_records(self) -> list[Finding]:
        """Give the codes at records, in the records' order."""
        return [finding for place in sorted(self._by_place) for finding in self._by_place[place]]

    def add(self, record: Record, kind: str, letter: Letter, *, is_chained: bool = False) -> None:
        """Note a code at a record.

        Args:
            record: Where.
            kind: Zone and kind, four characters such as ``9902``.
            letter: What it does.
            is_chained: It only follows from a code at another record.
        """
        finding = Finding(record.place, letter, record.kind + kind, is_chained)
        known = self._by_place.setdefault(record.place, [])
        if finding not in known:
            known.append(finding)

    def block(self, record: Record, kind: str) -> None:
        """Note a code that refuses the file."""
        self.add(record, kind, Letter.BLOCKING)

    def reject(self, record: Record, kind: str) -> None:
        """Note a code that rejects an act."""
        self.add(record, kind, Letter.REJECTED_ACT)

    def reject_invoice(self, record: Record, kind: str) -> None:
        """Note a code that rejects an invoice."""
        self.add(record, kind, Letter.REJECTED_INVOICE)

    def add_header(self, kind: str, zone: str, code: str, *, place: int = 0) -> None:
        """Note a code at a header, or at a record 95 or 96."""
        self.of_header.append(HeaderFinding(kind, place, zone, code))

    def at(self, place: int) -> list[Finding]:
        """Give the codes at a record, in the order in which they were found."""
        return list(self._by_place.get(place, ()))

    def rejecting(self) -> Iterator[Finding]:
        """Give the codes because of which something is not paid."""
        return (finding for finding in self.of_records if finding.rejects)

    @property
    def are_blocking(self) -> bool:
        """Whether the file is refused whatever the percentage."""
        return any(finding.letter is Letter.BLOCKING for finding in self.of_records)

    @property
    def wrong_records(self) -> int:
        """How many records have a code of their own, for the percentage (*1*)."""
        return len({finding.place for finding in self.rejecting() if not finding.is_chained})


MOST_CODES: Final = 3
"""How many codes a record of an answer holds."""
