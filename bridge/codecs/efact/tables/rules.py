"""Order of the records, zones that repeat others, and what zones of a reading need.

Source: *efact-nursing* 2.1, 2.4 and 5.5; table ``efact/record-52.csv``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple


class Neighbours(NamedTuple):
    """Which records may stand beside one type of record.

    Attributes:
        before: Types it may follow; none for the first record.
        after: Types that may follow it; none for the last record.
    """

    before: tuple[str, ...]
    after: tuple[str, ...]


NEIGHBOURS: Final[Mapping[str, Neighbours]] = MappingProxyType(
    {
        "10": Neighbours((), ("20",)),
        "20": Neighbours(("10", "80"), ("21", "30", "40", "50")),
        "21": Neighbours(("20", "21"), ("21", "30", "40", "50")),
        "50": Neighbours(("20", "21", "30", "40", "50", "51", "52"), ("50", "51", "52", "80")),
        "51": Neighbours(("50",), ("50", "52", "80")),
        "52": Neighbours(("50", "51"), ("50", "80")),
        "80": Neighbours(("30", "40", "50", "51", "52"), ("20", "90")),
        "90": Neighbours(("80",), ("95",)),
        "95": Neighbours(("90", "95"), ("95", "96")),
        "96": Neighbours(("95",), ()),
    },
)
"""Records 30 and 40 are not for nurses; what may stand beside them is not checked."""


class Repeat(NamedTuple):
    """A zone that repeats a zone of an earlier record.

    Attributes:
        key: Of the zone, in both records.
        leader: Type of the record it repeats; ``300`` is the segment.
    """

    key: str
    leader: str


def _repeats(leader: str, *keys: str) -> tuple[Repeat, ...]:
    return tuple(Repeat(key, leader) for key in keys)


REPEATS: Final[Mapping[str, tuple[Repeat, ...]]] = MappingProxyType(
    {
        "10": _repeats("300", "instructions", "sending_number", "created_on"),
        "50": _repeats("20", "mutuality", "patient", "sex"),
        "51": (
            *_repeats("20", "patient", "insured_codes"),
            *_repeats("50", "code", "first_day", "provider", "amount"),
        ),
        "52": (
            *_repeats("20", "patient"),
            *_repeats("50", "code", "first_day", "provider"),
        ),
        "80": _repeats(
            "20",
            "mutuality",
            "patient",
            "sex",
            "invoice_type",
            "invoicer",
            "cause",
            "destination",
            "invoice_number",
            "identification",
        ),
        "90": _repeats(
            "10", "sending_number", "payer", "year", "month", "enterprise", "bic", "iban"
        ),
    },
)
"""By type of the repeating record; errors ``..12`` of the insurers."""

MANUAL_READING: Final = "4"
"""Kind of reading that needs a reason (520304, 520310)."""

DEFERRED_REASONS: Final = frozenset("34568")
"""Reasons of an entry after the contact, which has no date and no hour (one source)."""

STICKER: Final = "7"
"""Kind of support that needs a reason (521104, 521110)."""

APP: Final = "A"
"""The identity app, as kind of reading and as kind of support (inferred)."""

SERIAL_FORMS: Final[Mapping[str, re.Pattern[str]]] = MappingProxyType(
    {
        "1": re.compile(r"[0-9]{12}"),
        "2": re.compile(r"B?[0-9]{9}"),
        "4": re.compile(r"[0-9]{10}"),
    },
)
"""Serial numbers by kind of support (521604, 521610 to 521612); other kinds have none."""
