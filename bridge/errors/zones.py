"""Findings about zones of fixed-width records, and the errors that carry them.

Source: *efact-nursing* 2.4, 2.2 and 3.1; *style anchors* 4.6.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bridge.errors.remote import OurMessageInvalid, ProtocolError, TheirAnswerInvalid


class ZoneFault(StrEnum):
    """What can be wrong with a zone, a record or a file of records."""

    MISSING = "zone_missing"
    NOT_NUMERIC = "zone_not_numeric"
    NOT_ASCII = "zone_not_ascii"
    TOO_LONG = "zone_too_long"
    WRONG_LENGTH = "zone_wrong_length"
    SIGN_MISSING = "zone_sign_missing"
    SIGN_WRONG = "zone_sign_wrong"
    DATE_IMPOSSIBLE = "zone_date_impossible"
    HOUR_IMPOSSIBLE = "zone_hour_impossible"
    LEADING_DIGITS = "zone_leading_digits"
    IDENTIFIER_WRONG = "zone_identifier_wrong"
    VALUE_UNKNOWN = "zone_value_unknown"
    RESERVE_FILLED = "zone_reserve_filled"
    FORM_WRONG = "zone_form_wrong"
    DIFFERS = "zone_differs"
    TOTAL_WRONG = "total_wrong"
    COUNT_WRONG = "count_wrong"
    CHECK_DIGITS_WRONG = "check_digits_wrong"
    SEQUENCE_WRONG = "sequence_wrong"
    ORDER_WRONG = "order_wrong"
    RECORD_UNKNOWN = "record_unknown"
    RECORD_MISSING = "record_missing"
    RECORD_DOUBLED = "record_doubled"
    FILE_TRUNCATED = "file_truncated"
    FILE_TOO_LONG = "file_too_long"
    MESSAGE_UNKNOWN = "message_unknown"
    LETTER_UNKNOWN = "letter_unknown"
    ERROR_CODE_UNKNOWN = "error_code_unknown"
    UNBALANCED = "settlement_unbalanced"


BREAKING: Final = frozenset(
    {
        ZoneFault.RECORD_UNKNOWN,
        ZoneFault.RECORD_MISSING,
        ZoneFault.FILE_TRUNCATED,
        ZoneFault.FILE_TOO_LONG,
        ZoneFault.MESSAGE_UNKNOWN,
    }
)
"""Faults after which a received file is not wholly understood: a person has to look at it."""


@dataclass(frozen=True, kw_only=True)
class ZoneFinding:
    """One thing wrong at one zone; never holds the text that is wrong.

    Attributes:
        fault: What is wrong; its value is a code with texts in four languages.
        record: Place of the record in the file from 1; 0 for the segments in front of them.
        kind: Type of the record or segment, such as ``50``; empty when it is unknown.
        zone: Number of the zone as the layout writes it, such as ``24,25``; empty for a whole
            record or file.
        title: Title of the zone or of the record.
        start: First position of the zone in the record, from 1.
        length: Characters of the zone.
        position: First position of the zone in the file, from 1.
    """

    fault: ZoneFault
    record: int
    kind: str
    zone: str
    title: str
    start: int
    length: int
    position: int


class ZoneRefused(ProtocolError):
    """A value has no text in its zone, or a text no value; the record adds where that is."""

    def __init__(self, fault: ZoneFault) -> None:
        """Say what is wrong."""
        super().__init__(fault.value)
        self.fault = fault


class RecordInvalid(OurMessageInvalid):
    """A record or a file cannot be written as asked; nothing may be sent."""

    def __init__(self, zones: tuple[ZoneFinding, ...]) -> None:
        """Keep every zone that is wrong."""
        super().__init__("record invalid")
        self.zones = zones


class ZoneUnreadable(TheirAnswerInvalid):
    """A zone of a received record cannot be read."""

    def __init__(self, zone: ZoneFinding) -> None:
        """Keep the zone."""
        super().__init__("zone unreadable")
        self.zone = zone
