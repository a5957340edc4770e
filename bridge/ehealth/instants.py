"""Moments as the STS and its diverse clients write them.

Source: *STS session* 5.1 (lifetime), 10.1 (assertion).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from bridge.errors import TheirAnswerInvalid

_INSTANT: Final = re.compile(
    r"(?P<seconds>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)"
    r"(?:\.(?P<fraction>\d{1,9}))?"
    r"(?P<zone>Z|[+-]\d\d:?\d\d)",
    re.ASCII,
)
_MICROSECOND_DIGITS: Final = 6


def parse_instant(text: str) -> datetime:
    """Read a moment with any offset, with or without colon, and up to nine decimals.

    Digits after the microsecond are cut off.

    Raises:
        TheirAnswerInvalid: it is no moment, or it names no time zone.
    """
    match = _INSTANT.fullmatch(text.strip())
    if match is None:
        raise TheirAnswerInvalid("not a moment with a time zone")
    fraction = (match["fraction"] or "0")[:_MICROSECOND_DIGITS].ljust(_MICROSECOND_DIGITS, "0")
    zone = match["zone"].replace("Z", "+0000")
    try:
        moment = datetime.fromisoformat(f"{match['seconds']}.{fraction}{zone}")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise TheirAnswerInvalid("no such moment") from error
