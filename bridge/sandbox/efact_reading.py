"""An invoice file as the played insurers cut it: by positions, with sums of their own.

Nothing here judges: what cannot be cut is no invoice file, everything else is looked at later.
Source: *Electronic invoicing* 2, 2.1 and 2.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from bridge.errors import TheirAnswerInvalid
from bridge.sandbox.efact_slices import HEAD_LENGTH, RECORD_LENGTH, SENT_LENGTH, zone

CODED: Final = frozenset({"50", "51", "52"})
"""Records whose codes are summed up."""

CREDIT_NOTE: Final = "3"
STATISTICAL: Final = "9"

_STRANGE: Final = re.compile(rb"[^ -~]")
_MODULUS: Final = 97
_BLANK_VALUE: Final = 10
_LETTER_A_VALUE: Final = 11
_OTHER_VALUE: Final = 37
_CHECKED_LENGTH: Final = 348
_LEAST_LENGTH: Final = HEAD_LENGTH + SENT_LENGTH + 5 * RECORD_LENGTH


@dataclass(frozen=True, kw_only=True)
class Record:
    """One record of 350 characters.

    Attributes:
        place: Which one of its kind of list, from 0 on.
        text: As it was sent.
    """

    place: int
    text: str = field(repr=False)

    @property
    def kind(self) -> str:
        """The record's type, such as ``50``."""
        return self.text[:2]

    def zone(self, name: str) -> str:
        """Give what stands in a zone."""
        return zone(self.text, self.kind, name)

    def amount(self, name: str) -> int | None:
        """Give a signed zone in cents or units; ``None`` when it is no number."""
        return signed(self.zone(name))

    def day(self, name: str) -> date | None:
        """Give the day in a zone; ``None`` when it is none."""
        return day_of(self.zone(name))


@dataclass(frozen=True, kw_only=True)
class Act:
    """A record 50 with the records 51 and 52 behind it."""

    record: Record
    commitment: Record | None = None
    reading: Record | None = None

    @property
    def code(self) -> str:
        """Nomenclature code or pseudo-code, six digits."""
        return self.record.zone("4")[1:]

    @property
    def is_statistical(self) -> bool:
        """Whether it stands for counting only."""
        return self.record.zone("3") == STATISTICAL

    def records(self) -> list[Record]:
        """Give its records in their order."""
        found = (self.record, self.commitment, self.reading)
        return [record for record in found if record is not None]


@dataclass(frozen=True, kw_only=True)
class Invoice:
    """The records from a 20 to its 80."""

    header: Record
    acts: tuple[Act, ...]
    total: Record | None

    @property
    def is_credit_note(self) -> bool:
        """Whether it takes an earlier invoice back."""
        return self.header.zone("11") == CREDIT_NOTE

    def records(self) -> list[Record]:
        """Give its records in their order."""
        inner = [record for act in self.acts for record in act.records()]
        return [self.header, *inner, *([self.total] if self.total else [])]


@dataclass(frozen=True, kw_only=True)
class InvoiceFile:
    """A whole message.

    Attributes:
        head: Segment 200.
        sent: Segment 300.
        body: Records 10 to 90, in their order.
        mutualities: Records 95.
        grand: Record 96.
        invoices: The body once more, by invoice.
    """

    head: str = field(repr=False)
    sent: str = field(repr=False)
    body: tuple[Record, ...]
    mutualities: tuple[Record, ...]
    grand: Record
    invoices: tuple[Invoice, ...]

    def of_kind(self, kind: str) -> list[Record]:
        """Give the body's records of one type."""
        return [record for record in self.body if record.kind == kind]


def read_file(content: bytes) -> InvoiceFile:
    """Cut a message by its lengths.

    Raises:
        TheirAnswerInvalid: characters that do not exist in it, or a length that cannot be cut into
            two segments, a body from record 10 on, records 95 and one record 96.
    """
    if _STRANGE.search(content):
        raise TheirAnswerInvalid("an invoice file with strange characters")
    text = content.decode("ascii")
    if len(text) < _LEAST_LENGTH or (len(text) - HEAD_LENGTH - SENT_LENGTH) % RECORD_LENGTH:
        raise TheirAnswerInvalid("an invoice file of an impossible length")
    starts = range(HEAD_LENGTH + SENT_LENGTH, len(text), RECORD_LENGTH)
    lines = [text[start : start + RECORD_LENGTH] for start in starts]
    body = [line for line in lines if line[:2] not in ("95", "96")]
    sums = [line for line in lines[len(body) : -1] if line[:2] == "95"]
    if lines != [*body, *sums, lines[-1]] or lines[-1][:2] != "96" or body[0][:2] != "10":
        raise TheirAnswerInvalid("an invoice file without a body, or with mixed totals")
    records = tuple(Record(place=place, text=line) for place, line in enumerate(body))
    return InvoiceFile(
        head=text[:HEAD_LENGTH],
        sent=text[HEAD_LENGTH : HEAD_LENGTH + SENT_LENGTH],
        body=records,
        mutualities=tuple(Record(place=place, text=line) for place, line in enumerate(sums)),
        grand=Record(place=0, text=lines[-1]),
        invoices=tuple(_invoices(records)),
    )


def _invoices(records: Sequence[Record]) -> Iterator[Invoice]:
    begun: list[Record] = []
    for record in records:
        if record.kind == "20" or record.kind not in ("50", "51", "52", "80"):
            if begun:
                yield _invoice(begun)
            begun = [record] if record.kind == "20" else []
        elif begun:
            begun.append(record)
    if begun:
        yield _invoice(begun)


def _invoice(records: Sequence[Record]) -> Invoice:
    total = next((record for record in records if record.kind == "80"), None)
    acts: list[Act] = []
    for record in records:
        if record.kind == "50":
            acts.append(Act(record=record))
        elif acts and record.kind in ("51", "52"):
            known = acts[-1]
            commitment = record if record.kind == "51" else known.commitment
            reading = record if record.kind == "52" else known.reading
            acts[-1] = Act(record=known.record, commitment=commitment, reading=reading)
    return Invoice(header=records[0], acts=tuple(acts), total=total)


# -- sums ------------------------------------------------------------------------------------------


def record_check(text: str) -> str:
    """Give the two check digits of a record, R99, over its first 348 characters."""
    rest = sum(map(_VALUES.__getitem__, text[:_CHECKED_LENGTH])) % _MODULUS
    return f"{rest or _MODULUS:02}"


def _value(character: str) -> int:
    if character.isdigit():
        return int(character)
    if character == " ":
        return _BLANK_VALUE
    if character.isalpha():
        return ord(character.upper()) - ord("A") + _LETTER_A_VALUE
    return _OTHER_VALUE


_VALUES: Final = {character: _value(character) for character in map(chr, range(128))}


def code_check(records: Iterable[Record]) -> str:
    """Give the two check digits over the codes of records 50, 51 and 52, Z98."""
    codes = (record.zone("4") for record in records if record.kind in CODED)
    rest = sum(int(code) for code in codes if code.isdigit()) % _MODULUS
    return f"{rest or _MODULUS:02}"


def signed(text: str) -> int | None:
    """Read a sign and digits; ``None`` when it is none."""
    if text[:1] not in ("+", "-") or not text[1:].isdigit():
        return None
    return int(text)


def day_of(text: str) -> date | None:
    """Read YYYYMMDD; ``None`` when it is no day, or zeros."""
    if not text.isdigit():
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def is_empty(text: str) -> bool:
    """Tell whether a zone was left out: zeros or blanks."""
    return not text.strip("0 ")
