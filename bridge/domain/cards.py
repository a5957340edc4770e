"""Readers, cards in them, and what reading a patient's card gives.

Source: *Belgian eID card* 1, 4, 12 and 13; *eFact for nursing* 5.5 (identity reading).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Final

from bridge.domain.identifiers import Niss


class CardKind(Enum):
    """What lies in a reader."""

    EID = "eid"
    FOREIGN = "foreign"
    """A card that is no Belgian eID, such as a bank card or an ISI+ card."""
    MUTE = "mute"
    """A card that does not answer: upside down, dirty or broken."""
    UNREAD = "unread"
    """A card nobody could look at yet, because another program holds it."""


class ReaderKind(Enum):
    """What a reader is."""

    PHYSICAL = "physical"
    VIRTUAL = "virtual"
    """Played by the operating system, such as Windows Hello; never used."""


class DocumentKind(Enum):
    """Which document an eID chip belongs to, by its document type (*eID card* 4, tag 0F)."""

    CITIZEN = "citizen"
    KIDS = "kids"
    FOREIGNER = "foreigner"
    KIDS_FOREIGNER = "kids_foreigner"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class InsertedCard:
    """A card in a reader, as far as it can be known without reading about its holder.

    Attributes:
        atr: Answer to reset.
        applet: ``1.7`` or ``1.8``; ``None`` for other cards and before the card was asked.
        inserted_at: When it was seen first, aware.
    """

    kind: CardKind
    atr: bytes
    inserted_at: datetime
    applet: str | None = None


@dataclass(frozen=True, kw_only=True)
class ReaderState:
    """A reader with what is in it.

    Attributes:
        id: Stable for one name, ``rdr_…``.
        name: As the smart-card service calls it.
        has_keypad: It offers secure PIN entry that we can use; ``None`` before it was asked.
        is_card_held: Another program holds the card for itself alone.
    """

    id: str
    name: str
    kind: ReaderKind = ReaderKind.PHYSICAL
    has_keypad: bool | None = None
    card: InsertedCard | None = None
    is_card_held: bool = False


class ServiceState(Enum):
    """How the smart-card service of the operating system stands."""

    RUNNING = "running"
    STOPPED = "stopped"
    MISSING = "missing"
    """There is no library or service for smart cards on this computer."""


@dataclass(frozen=True, kw_only=True)
class ReaderSnapshot:
    """All readers at one moment.

    Attributes:
        seen_at: When the monitor looked last, aware.
    """

    service: ServiceState
    readers: tuple[ReaderState, ...]
    seen_at: datetime

    def reader(self, reader_id: str) -> ReaderState | None:
        """Give a reader by its identifier."""
        return next((each for each in self.readers if each.id == reader_id), None)


def is_named(reader: ReaderState, told: str) -> bool:
    """Tell whether a PKCS#11 library means this reader: it cuts names after 64 characters."""
    return reader.name == told or (len(told) >= _CUT_NAME and reader.name.startswith(told))


_CUT_NAME: Final = 60
"""Shorter names are whole; a library may drop blanks at the end of a name that was cut."""


class ReaderChangeKind(Enum):
    """What happened to readers and cards; the values are event types (API-52)."""

    READER_CONNECTED = "reader.connected"
    READER_DISCONNECTED = "reader.disconnected"
    CARD_INSERTED = "card.inserted"
    CARD_REMOVED = "card.removed"
    SERVICE_CHANGED = "health.changed"


@dataclass(frozen=True, kw_only=True)
class ReaderChange:
    """One thing that happened.

    Attributes:
        reader: The reader as it is now; for ``SERVICE_CHANGED`` there is none.
        noticed_at: When the smart-card service told us, aware.
    """

    kind: ReaderChangeKind
    reader: ReaderState | None
    noticed_at: datetime


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where the holder lives, from the address file."""

    street: str = field(repr=False)
    postal_code: str = field(repr=False)
    municipality: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class CardHolder:
    """Who a card belongs to; believed only after the National Register's signature was verified.

    Attributes:
        card_number: 12 digits on a citizen's card; foreigners have ``B`` and 9 digits too.
        initial: First letter of the third given name; may be empty.
        born_on: ``None`` where day or month is not known; ``born_text`` is as on the card.
        sex: ``male``, ``female`` or ``unknown``.
        document_type: The number as on the card.
    """

    niss: Niss = field(repr=False)
    last_name: str = field(repr=False)
    first_names: str = field(repr=False)
    initial: str = field(repr=False)
    born_on: date | None = field(repr=False)
    born_text: str = field(repr=False)
    sex: str = field(repr=False)
    nationality: str = field(repr=False)
    card_number: str = field(repr=False)
    valid_from: date
    valid_until: date
    document_type: int
    document: DocumentKind
    address: Address | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class IdentityReading:
    """What an invoice tells of a read identity document (record 52, *eFact for nursing* 5.5).

    Attributes:
        reading_kind: Zone 9; ``1`` is the chip.
        support_kind: Zone 10; ``1`` identity card, ``2`` foreigner's or residence document.
        support_serial: Zone 16; 12 digits, or 9 digits, or ``B`` and 9 digits.
        read_at: Zones 6 and 12-13, aware.
    """

    reading_kind: str
    support_kind: str
    support_serial: str = field(repr=False)
    read_at: datetime


_CITIZEN_SERIAL: Final = re.compile(r"[0-9]{12}")
_FOREIGNER_SERIAL: Final = re.compile(r"B?[0-9]{9}")
_CHIP: Final = "1"


def identity_reading(holder: CardHolder, *, read_at: datetime) -> IdentityReading | None:
    """Give what an invoice tells of a chip that was read.

    The length of the serial number decides the kind of support (errors 521610 to 521612);
    ``None`` for a serial number that fits no kind.
    """
    serial = holder.card_number
    kinds = {"1": _CITIZEN_SERIAL, "2": _FOREIGNER_SERIAL}
    fitting = [kind for kind, form in kinds.items() if form.fullmatch(serial)]
    if not fitting:
        return None
    return IdentityReading(
        reading_kind=_CHIP, support_kind=fitting[0], support_serial=serial, read_at=read_at
    )


@dataclass(frozen=True, kw_only=True)
class PatientReading:
    """A patient's card that was read for a visit.

    Attributes:
        id: ``pcr_…``.
        client_id: Who asked; nobody else sees it.
        holder: Kept in memory for some minutes only; ``None`` when only the kept part is left.
        is_kept: The facts for the invoice, and the NISS, are in the database.
    """

    id: str
    client_id: str
    niss: Niss = field(repr=False)
    identity_reading: IdentityReading | None = field(repr=False)
    read_at: datetime
    is_kept: bool
    holder: CardHolder | None = field(default=None, repr=False)
