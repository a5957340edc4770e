"""How identity may be read for record 52: each way with the zones it fills, as data.

Source: *eFact for nursing* 5.5 and its tables; names of kinds of support are inferred.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from bridge.domain.tables.sending_rules import Dated

OBLIGATORY_FROM: Final = date(2017, 10, 1)
"""First day of care that needs an identity reading in third-party payment."""

CHIP: Final = "1"
MANUAL: Final = "4"
APP: Final = "A"
ELECTRONIC: Final = frozenset({CHIP, APP})
"""Kinds of reading that count as electronic (5.5: at least 90 percent)."""

STICKER: Final = "7"
NO_CONTACT: Final = "1"
NO_VALID_DOCUMENT: Final = "2"

DIRECT_REASONS: Final = frozenset("127")
"""Manual entry at the contact: date and hour are stated."""

DEFERRED_REASONS: Final = frozenset("34568")
"""Manual entry afterwards: date and hour are zero."""

_SOURCE: Final = "eFact for nursing 5.5"


@dataclass(frozen=True, kw_only=True)
class ReadingWay(Dated):
    """One line: which kinds of reading go with a kind of support, and its serial number.

    Attributes:
        support: Zone 10.
        readings: Zone 9.
        serial: Pattern of zone 16; empty when the support has no serial number.
    """

    support: str
    readings: frozenset[str]
    serial: str = ""


READING_WAYS: Final = (
    ReadingWay(
        name="identity_card",
        support="1",
        readings=frozenset("14"),
        serial=r"[0-9]{12}",
        source=_SOURCE,
    ),
    ReadingWay(
        name="foreigner_document",
        support="2",
        readings=frozenset("14"),
        serial=r"B?[0-9]{9}",
        source=_SOURCE,
    ),
    ReadingWay(
        name="isi_card",
        support="4",
        readings=frozenset("1234"),
        serial=r"[0-9]{10}",
        source=_SOURCE,
    ),
    ReadingWay(name="sticker", support=STICKER, readings=frozenset("234"), source=_SOURCE),
    ReadingWay(
        name="document_without_serial_8", support="8", readings=frozenset("4"), source=_SOURCE
    ),
    ReadingWay(
        name="document_without_serial_9", support="9", readings=frozenset("4"), source=_SOURCE
    ),
    ReadingWay(
        name="identity_app", support=APP, readings=frozenset("A"), source=f"{_SOURCE} (inferred)"
    ),
)
"""All ways, by kind of support."""
