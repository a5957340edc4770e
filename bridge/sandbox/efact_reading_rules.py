"""What the played insurers demand of record 52, the reading of the patient's identity.

Source: *Electronic invoicing* 5.5 and the table of record 52.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from bridge.sandbox.efact_asked import Asked
from bridge.sandbox.efact_reading import Record, is_empty

_MANUAL: Final = "4"
_REASONS: Final = "012345678"
_DEFERRED: Final = "34568"
_KINDS: Final = "1234A"
_SUPPORTS: Final = "124789A"
_STICKER: Final = "7"
_STICKER_REASONS: Final = "012"
_SERIALS: Final = {
    "1": (re.compile(r"000\d{12}"), "1610"),
    "2": (re.compile(r"000000\d{9}|00000B\d{9}"), "1611"),
    "4": (re.compile(r"00000\d{10}"), "1612"),
}
"""Support to the form of its serial number, right-aligned, and the code when it has another."""

_SUPPORTS_OF: Final = {"1": "124", "2": "47", "3": "47", "A": "A"}
"""Kind of reading to the supports it fits; by hand anything can be entered."""


def check_readings(asked: Asked) -> None:
    """Judge every record 52."""
    for record in asked.file.of_kind("52"):
        for kind in (*_about_reason(record), *_about_support(record), *_about_moment(record)):
            asked.findings.reject(record, kind)
        if not record.zone("3").isdigit():
            asked.findings.block(record, "0309")
        if not record.zone("11").isdigit():
            asked.findings.block(record, "1109")


def _about_reason(record: Record) -> Iterator[str]:
    reason, is_manual = record.zone("3"), record.zone("9") == _MANUAL
    if reason.isdigit() and reason not in _REASONS:
        yield "0303"
    if is_manual and reason == "0":
        yield "0304"
    if not is_manual and reason != "0":
        yield "0310"


def _about_support(record: Record) -> Iterator[str]:
    kind, support, sticker = record.zone("9"), record.zone("10"), record.zone("11")
    if kind not in _KINDS:
        yield "0904" if is_empty(kind) else "0903"
    if support not in _SUPPORTS:
        yield "1004" if is_empty(support) else "1003"
    elif support not in _SUPPORTS_OF.get(kind, support):
        yield "0910"
    if sticker not in _STICKER_REASONS and sticker.isdigit():
        yield "1103"
    if support == _STICKER and sticker == "0":
        yield "1104"
    if support != _STICKER and sticker != "0":
        yield "1110"
    yield from _about_numbers(record)


def _about_numbers(record: Record) -> Iterator[str]:
    support, serial = record.zone("10"), record.zone("16")
    if support in _SERIALS:
        form, code = _SERIALS[support]
        if is_empty(serial):
            yield "1604"
        elif not form.fullmatch(serial):
            yield code
    if not is_empty(record.zone("19")):
        yield "1919"


def _about_moment(record: Record) -> Iterator[str]:
    """Want day and hour unless somebody entered the reading later."""
    if record.zone("9") == _MANUAL and record.zone("3") in _DEFERRED:
        return
    if record.day("6a,6b") is None:
        yield "0604"
    if is_empty(record.zone("12,13")):
        yield "1204"
