"""Rules between the zones of an identity reading (record 52).

Source: *efact-nursing* 5.5; table ``efact/record-52.csv``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bridge.codecs.efact.tables.rules import (
    APP,
    DEFERRED_REASONS,
    MANUAL_READING,
    SERIAL_FORMS,
    STICKER,
)
from bridge.codecs.efact.values import ActReading
from bridge.errors import ZoneFault

_NO_REASON: Final = "0"


def reading_faults(reading: ActReading) -> Iterator[tuple[str, ZoneFault]]:
    """Give the zones of a reading, by key, that do not fit its other zones."""
    is_manual, is_sticker = reading.reading == MANUAL_READING, reading.support == STICKER
    yield from _reason("manual_reason", reading.manual_reason, is_needed=is_manual)
    yield from _reason("sticker_reason", reading.sticker_reason, is_needed=is_sticker)
    is_deferred = reading.manual_reason in DEFERRED_REASONS
    for key, value in (("read_on", reading.read_on), ("read_at", reading.read_at)):
        if is_deferred and value is not None:
            yield key, ZoneFault.RESERVE_FILLED
        if not is_deferred and value is None:
            yield key, ZoneFault.MISSING
    if (reading.reading == APP) != (reading.support == APP):
        yield "support", ZoneFault.DIFFERS
    yield from _serial(reading)


def _reason(key: str, reason: str, *, is_needed: bool) -> Iterator[tuple[str, ZoneFault]]:
    if is_needed and reason == _NO_REASON:
        yield key, ZoneFault.MISSING
    if not is_needed and reason != _NO_REASON:
        yield key, ZoneFault.RESERVE_FILLED


def _serial(reading: ActReading) -> Iterator[tuple[str, ZoneFault]]:
    form = SERIAL_FORMS.get(reading.support)
    if form is None:
        if reading.serial:
            yield "serial", ZoneFault.RESERVE_FILLED
    elif not reading.serial:
        yield "serial", ZoneFault.MISSING
    elif not form.fullmatch(reading.serial):
        yield "serial", ZoneFault.WRONG_LENGTH
