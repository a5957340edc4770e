"""Moments in messages: ``2026-03-02T08:00:00.000Z`` (*STS session* 3 and 10.1)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from bridge.errors import TheirAnswerInvalid

_INSTANT: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?Z",
)


def encode_instant(moment: datetime) -> str:
    """Write an aware moment in UTC with milliseconds and ``Z``."""
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    return utc.isoformat(timespec="milliseconds") + "Z"


def decode_instant(text: str) -> datetime:
    """Read a moment in UTC, with whole seconds or a fraction; beyond microseconds is cut off.

    Raises:
        TheirAnswerInvalid: another form, or no such moment.
    """
    found = _INSTANT.fullmatch(text)
    if not found:
        raise TheirAnswerInvalid("not a moment in UTC")
    try:
        seconds = datetime.fromisoformat(found[1])
    except ValueError as error:
        raise TheirAnswerInvalid("no such moment") from error
    return seconds.replace(microsecond=int((found[2] or "")[:6].ljust(6, "0")), tzinfo=UTC)
