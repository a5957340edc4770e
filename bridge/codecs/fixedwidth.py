"""Records of fixed width: layouts as data, and the small engine that writes and reads them.

A layout is a table of zones; everything that can be prepared is prepared when it is made.
Writing fills one template with the texts of the zones, in order.
Reading cuts a zone out of the record when somebody asks for it.
Both say exactly which zone of which record is wrong, and never show what stands there.
Source: *style anchors* 4.11; *efact-nursing* 2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from bridge.codecs.zonekinds import Kind, Value, Writer
from bridge.errors import RecordInvalid, ZoneFault, ZoneFinding, ZoneRefused, ZoneUnreadable

CheckDigits = Callable[[bytes], int]
"""Gives the check digits over everything in front of them."""

_CHECK_WIDTH: Final = 2


class Place(NamedTuple):
    """Where a record stands in its file.

    Attributes:
        record: From 1; 0 for what stands in front of the records.
        offset: Characters in front of it.
    """

    record: int
    offset: int


NOWHERE: Final = Place(0, 0)


@dataclass(frozen=True, kw_only=True)
class Zone:
    """One zone of a layout.

    Attributes:
        number: As the official layout writes it; several numbers are separated by commas.
        title: What it holds.
        start: First position, from 1.
        length: Characters.
        kind: How it is written and read.
        key: Name by which the program asks for it; empty for what it never asks for.
        is_required: It cannot be written without a value.
        blank: Character that fills it when there is no value.
    """

    number: str
    title: str
    start: int
    length: int
    kind: Kind
    key: str
    is_required: bool
    blank: str

    @property
    def end(self) -> int:
        """Last position, from 1."""
        return self.start + self.length - 1

    @property
    def is_written(self) -> bool:
        """Whether its text depends on a value."""
        return self.kind.always is None

    @property
    def empty(self) -> str:
        """Text of the zone when there is no value."""
        always = self.kind.always
        if always is None:
            return self.blank * self.length
        return always if len(always) == self.length else always * self.length


def zone(  # one line of an official layout
    number: str,
    title: str,
    start: int,
    length: int,
    kind: Kind,
    *,
    key: str = "",
    required: bool = False,
    blank: str = "",
) -> Zone:
    """Describe a zone; see ``Zone``.

    Without a value an N zone is filled with zeros and an A zone with blanks, unless ``blank``
    says otherwise.
    """
    filler = blank or ("0" if kind.letter == "N" else " ")
    return Zone(
        number=number,
        title=title,
        start=start,
        length=length,
        kind=kind,
        key=key,
        is_required=required,
        blank=filler,
    )


class Record:
    """One received record: its text, and where it stood."""

    __slots__ = ("layout", "place", "text")

    def __init__(self, layout: Layout, text: str, place: Place) -> None:
        """Keep a text that has the length of the layout."""
        self.layout = layout
        self.text = text
        self.place = place

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Record):
            return NotImplemented
        mine, theirs = (self.layout, self.text, self.place), (other.layout, other.text, other.place)
        return mine == theirs

    def __hash__(self) -> int:
        return hash((self.text, self.place))

    def __repr__(self) -> str:
        return f"Record({self.layout.record!r}, {self.place!r})"

    def raw(self, key: str) -> str:
        """Give the characters of a zone."""
        return self.text[self.layout.cuts[key][0]]

    def value(self, key: str) -> Any:
        """Read a zone.

        Raises:
            ZoneUnreadable: its text is no value of its kind.
        """
        cut, read = self.layout.cuts[key]
        try:
            return read(self.text[cut])
        except ZoneRefused as refused:
            raise ZoneUnreadable(self.finding(key, refused.fault)) from None

    def get(self, key: str, findings: list[ZoneFinding]) -> Any:
        """Read a zone; one that is unreadable becomes a finding and ``None``."""
        cut, read = self.layout.cuts[key]
        try:
            return read(self.text[cut])
        except ZoneRefused as refused:
            findings.append(self.finding(key, refused.fault))
            return None

    def finding(self, key: str, fault: ZoneFault) -> ZoneFinding:
        """Say that a zone of this record is wrong."""
        return self.layout.finding(self.layout.zone(key), fault, self.place)


class Layout:
    """A table of zones, made ready for writing and reading.

    Attributes:
        record: Type of the record or segment, such as ``50``.
        title: What it is.
        zones: In order of position; the first one of a trailer does not begin at 1.
        length: Characters of all zones.
        cuts: For each key, where its text stands and how to read it.
    """

    def __init__(
        self,
        record: str,
        title: str,
        zones: tuple[Zone, ...],
        *,
        check: CheckDigits | None = None,
    ) -> None:
        """Prepare a layout.

        Args:
            record: See the class.
            title: See the class.
            zones: See the class; they follow each other without gap.
            check: Computes the last zone, two check digits over everything in front of it.
        """
        self.record = record
        self.title = title
        self.zones = zones
        self._before = zones[0].start - 1
        self.length = sum(each.length for each in zones)
        self._check = check
        self._keys = {each.key: each for each in zones if each.key}
        self.cuts = {each.key: (self._cut(each), each.kind.read) for each in zones if each.key}
        filled = zones[:-1] if check else zones
        self._template = "".join("%s" if each.is_written else each.empty for each in filled)
        self._fields = [
            (each.key, each.kind.writer(each.length), "" if each.is_required else each.empty)
            for each in filled
            if each.is_written
        ]
        self._names = [key for key, _, _ in self._fields]
        self._writers = [(write, empty) for _, write, empty in self._fields]

    def __repr__(self) -> str:
        return f"Layout({self.record!r})"

    def zone(self, key: str) -> Zone:
        """Give the zone of a key."""
        return self._keys[key]

    @property
    def last(self) -> int:
        """Position of the last character; the length, unless the layout is a trailer."""
        return self.zones[-1].end

    def zone_at(self, position: int) -> Zone:
        """Give the zone that holds a position of the record, counted from 1."""
        for each in self.zones:
            if position <= each.end:
                return each
        return self.zones[-1]

    def finding(self, wrong: Zone, fault: ZoneFault, place: Place) -> ZoneFinding:
        """Say that a zone of a record of this layout is wrong."""
        return ZoneFinding(
            fault=fault,
            record=place.record,
            kind=self.record,
            zone=wrong.number,
            title=wrong.title,
            start=wrong.start,
            length=wrong.length,
            position=place.offset + wrong.start,
        )

    def write(self, values: Mapping[str, Value], place: Place = NOWHERE) -> str:
        """Write a record.

        Args:
            values: By key; a key that is missing or ``None`` leaves its zone empty.
            place: Where it will stand, for the findings.

        Raises:
            RecordInvalid: with every zone that cannot be written.
        """
        try:
            body = self._template % tuple(
                [
                    write(value) if value is not None else empty or _missing()
                    for (write, empty), value in zip(
                        self._writers,
                        map(values.get, self._names),
                        strict=True,
                    )
                ],
            )
        except ZoneRefused:
            raise RecordInvalid(self.faults(values, place)) from None
        if self._check is None:
            return body
        return f"{body}{self._check(body.encode('ascii')):02d}"

    def faults(
        self, values: Mapping[str, Value], place: Place = NOWHERE
    ) -> tuple[ZoneFinding, ...]:
        """Find every zone that cannot be written."""
        return tuple(
            self.finding(self._keys[key], fault, place)
            for key, write, empty in self._fields
            if (fault := _fault_of(write, values.get(key), may_be_empty=bool(empty)))
        )

    def read(self, content: bytes, place: Place) -> Record:
        """Take the record that begins at a place; it must be there in full length."""
        begin = place.offset + self._before
        return Record(self, content[begin : begin + self.length].decode("latin-1"), place)

    def has_valid_check(self, record: Record) -> bool:
        """Tell whether the last two characters are the check digits of all others."""
        if self._check is None:
            return True
        body = record.text[:-_CHECK_WIDTH].encode("latin-1")
        return record.text[-_CHECK_WIDTH:] == f"{self._check(body):02d}"

    def texts(self, record: Record) -> Iterator[tuple[Zone, str]]:
        """Give every zone of a record with its text."""
        for each in self.zones:
            yield each, record.text[self._cut(each)]

    def form_faults(self, record: Record) -> Iterator[ZoneFinding]:
        """Find every zone that is not written exactly as we would write it."""
        for each, text in self.texts(record):
            if each.number == "99" and self._check is not None:
                continue
            fault = _form_fault(each, text)
            if fault:
                yield self.finding(each, fault, record.place)

    def _cut(self, wanted: Zone) -> slice:
        begin = wanted.start - 1 - self._before
        return slice(begin, begin + wanted.length)


def _missing() -> str:
    raise ZoneRefused(ZoneFault.MISSING)


def _fault_of(write: Writer, value: Value, *, may_be_empty: bool) -> ZoneFault | None:
    if value is None:
        return None if may_be_empty else ZoneFault.MISSING
    try:
        write(value)
    except ZoneRefused as refused:
        return refused.fault
    return None


def _form_fault(wanted: Zone, text: str) -> ZoneFault | None:
    """Compare a zone's text with the one that its value is written as."""
    if not wanted.is_written:
        return None if text == wanted.empty else ZoneFault.RESERVE_FILLED
    try:
        value = wanted.kind.read(text)
        if value is not None:
            text_again = wanted.kind.writer(wanted.length)(value)
            return None if text_again == text else ZoneFault.FORM_WRONG
    except ZoneRefused as refused:
        return None if text == wanted.empty and not wanted.is_required else refused.fault
    if wanted.is_required:
        return ZoneFault.MISSING
    return None if text == wanted.empty else ZoneFault.FORM_WRONG
