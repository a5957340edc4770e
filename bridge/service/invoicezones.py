"""Where a zone stands in the records of an invoice file, for people who look at a finding.

Source: *eFact for nursing* 2, its tables of records.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from bridge.codecs.efact.scan import LAYOUTS
from bridge.codecs.efact.tables.segments import SEGMENT_200, SEGMENT_300

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridge.codecs.fixedwidth import Zone

FILE_LAYOUTS: Final = (SEGMENT_200, SEGMENT_300, *LAYOUTS.values())
"""What a file of ours is made of."""


def zone_of(record: str, number: str) -> Zone | None:
    """Give a zone by its record and number; ``None`` when the record has no such zone."""
    return _zones(record).get(number)


@cache
def _zones(record: str) -> Mapping[str, Zone]:
    found = (layout for layout in FILE_LAYOUTS if layout.record == record)
    return {zone.number: zone for layout in found for zone in layout.zones}
