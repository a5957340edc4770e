"""Order of the records, and zones that repeat others.

Source: *efact-nursing* 2.1 and 2.4.
"""

from __future__ import annotations

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
