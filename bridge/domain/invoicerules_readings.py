"""What the invoice rules look for in identity readings (record 52).

Source: *eFact for nursing* 5.5 and its table of record 52.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from bridge.domain.claims import NO_REASON, ClaimKind, ClaimReading
from bridge.domain.invoicecases import DayCase, DayCheck, LineCase, LineCheck
from bridge.domain.invoicesettings import ReadingScope
from bridge.domain.tables.identity_readings import (
    DEFERRED_REASONS,
    DIRECT_REASONS,
    MANUAL,
    NO_CONTACT,
    NO_VALID_DOCUMENT,
    READING_WAYS,
    STICKER,
    ReadingWay,
)


def way_of(case: LineCase) -> ReadingWay | None:
    """Give the line of the table for the kind of support of a reading."""
    reading = case.line.reading
    if reading is None:
        return None
    lines = (each for each in READING_WAYS if each.support == reading.support_kind)
    return next((each for each in lines if each.holds_on(case.line.day)), None)


def is_deferred(reading: ClaimReading) -> bool:
    """Tell whether identity was entered after the contact, so that date and hour are zero."""
    return reading.reading_kind == MANUAL and reading.manual_reason in DEFERRED_REASONS


def _missing(day: DayCase) -> Iterator[str]:
    """A credit note takes back acts whose identity was read before."""
    if day.case.claim.kind is ClaimKind.CREDIT_NOTE or not day.paid:
        return
    bare = [each for each in day.paid if each.line.reading is None]
    if day.settings.reading_scope is ReadingScope.DAY:
        bare = bare[-1:] if len(bare) == len(day.paid) else []
    for each in bare:
        yield each.at("reading")


def _within(case: LineCase) -> Iterable[str]:
    if case.line.is_statistical and case.line.reading is not None:
        yield case.at("reading")


def _kind(case: LineCase) -> Iterable[str]:
    reading, way = case.line.reading, way_of(case)
    if reading is None:
        return
    if way is None:
        yield case.at("reading/support_kind")
    elif reading.reading_kind not in way.readings:
        yield case.at("reading/reading_kind")


def _reason_missing(case: LineCase) -> Iterable[str]:
    reading = case.line.reading
    if reading is None or reading.reading_kind != MANUAL:
        return
    if reading.manual_reason not in DIRECT_REASONS | DEFERRED_REASONS:
        yield case.at("reading/manual_reason")


def _reason_not_expected(case: LineCase) -> Iterable[str]:
    reading = case.line.reading
    is_manual = reading is not None and reading.reading_kind == MANUAL
    if reading is not None and not is_manual and reading.manual_reason != NO_REASON:
        yield case.at("reading/manual_reason")


def _moment_missing(case: LineCase) -> Iterable[str]:
    reading = case.line.reading
    if reading is None or is_deferred(reading):
        return
    for member in ("read_on", "read_hour"):
        if getattr(reading, member) is None:
            yield case.at(f"reading/{member}")


def _moment_not_expected(case: LineCase) -> Iterable[str]:
    reading = case.line.reading
    if reading is None or not is_deferred(reading):
        return
    for member in ("read_on", "read_hour"):
        if getattr(reading, member) is not None:
            yield case.at(f"reading/{member}")


def _other_day(case: LineCase) -> Iterable[str]:
    reading = case.line.reading
    if reading is not None and reading.read_on not in (None, case.line.day):
        yield case.at("reading/read_on")


def _future(case: LineCase) -> Iterable[str]:
    read_on = case.line.reading.read_on if case.line.reading is not None else None
    if read_on is not None and read_on > case.case.context.created_on:
        yield case.at("reading/read_on")


def _sticker(case: LineCase) -> Iterable[str]:
    reading = case.line.reading
    if reading is None:
        return
    reasons = {NO_CONTACT, NO_VALID_DOCUMENT} if reading.support_kind == STICKER else {NO_REASON}
    if reading.sticker_reason not in reasons:
        yield case.at("reading/sticker_reason")


def _without_contact(case: LineCase) -> Iterable[str]:
    """Nursing acts need contact; which ones do not is not public."""
    reading = case.line.reading
    is_sticker = reading is not None and reading.support_kind == STICKER
    if reading is not None and is_sticker and reading.sticker_reason == NO_CONTACT:
        yield case.at("reading/sticker_reason")


def _serial(case: LineCase) -> Iterable[str]:
    reading, way = case.line.reading, way_of(case)
    if reading is None or way is None:
        return
    if not re.fullmatch(way.serial, reading.support_serial):
        yield case.at("reading/support_serial")


READING_CHECKS: Final[Mapping[str, LineCheck]] = MappingProxyType(
    {
        "reading_within_lump_sum": _within,
        "reading_kind_wrong": _kind,
        "reading_reason_missing": _reason_missing,
        "reading_reason_not_expected": _reason_not_expected,
        "reading_moment_missing": _moment_missing,
        "reading_moment_not_expected": _moment_not_expected,
        "reading_on_other_day": _other_day,
        "reading_in_future": _future,
        "sticker_reason_wrong": _sticker,
        "sticker_without_contact": _without_contact,
        "reading_serial_wrong": _serial,
    },
)
"""What each rule of the table looks for in one reading, by its name."""

READING_DAY_CHECKS: Final[Mapping[str, DayCheck]] = MappingProxyType(
    {"identity_reading_missing": _missing},
)
"""What each rule of the table looks for in the readings of a day, by its name."""
