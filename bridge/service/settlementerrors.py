"""Errors of answers at the zone they are about, ready to be explained in any language.

What an insurer's list says of a code is no part of the program (D4): the explanation is made of the
title of the zone and the kind of error; the commonest codes have a sentence of their own.
Source: *eFact for nursing* 3.1 and 3.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from bridge.codecs.efact.errorcodes import header_error, record_error
from bridge.codecs.efact.tables.answer_records import RECORD_91, RECORD_92
from bridge.codecs.efact.tables.file_records import RECORD_95, RECORD_96
from bridge.codecs.efact.tables.segments import SEGMENT_200, SEGMENT_300_ANSWER
from bridge.codecs.fixedwidth import Zone
from bridge.domain.claims import Claim, ClaimLine, RejectionReason
from bridge.domain.tables.known_errors import known_error

_WHOLE_CODE: Final = 6
_LAYOUTS: Final = (
    SEGMENT_200,
    SEGMENT_300_ANSWER,
    RECORD_91,
    RECORD_92,
    RECORD_95,
    RECORD_96,
)


@dataclass(frozen=True, kw_only=True)
class ShownError:
    """One error at its zone.

    Attributes:
        record: Type of the record it is about, such as ``50``; empty when the code names none.
        zone: Number of the zone, as the layouts write it; empty when the code names none.
        title: What the zone holds, as the catalogue of titles names it.
        start: First position of the zone in its record; 0 where that is not public.
        length: Characters of the zone.
        letter: As received; the truth about what is refused.
        code: As received.
        kind: Kind of error; empty for an error of a header.
        header_error: Meaning of an error of a header or total; empty for others.
        effect: Letter that is known; empty for others.
        line_reference: Own reference of the act it is about; empty for the whole invoice.
        known: What the code itself means; empty where only its kind is known.
        advice: What to do about a known code; empty for others.
    """

    record: str
    zone: str
    title: str
    start: int
    length: int
    letter: str
    code: str
    kind: str = ""
    header_error: str = ""
    effect: str = ""
    line_reference: str = ""
    known: str = ""
    advice: str = ""


def shown_error(reason: RejectionReason, line: ClaimLine | None = None) -> ShownError:
    """Give an error at its zone."""
    if len(reason.code) < _WHOLE_CODE:
        return _header_error(reason)
    error = record_error(reason.letter, reason.code)
    zone, known = error.zone, known_error(reason.code, None if line is None else line.day)
    return ShownError(
        record=reason.record,
        zone=reason.zone if zone is None else zone.number,
        title="" if zone is None else zone.title,
        start=0 if zone is None else zone.start,
        length=0 if zone is None else zone.length,
        letter=reason.letter,
        code=reason.code,
        kind=error.kind.value,
        effect="" if error.effect is None else error.effect.value,
        line_reference="" if line is None else line.reference,
        known="" if known is None else known.name,
        advice="" if known is None else known.advice,
    )


def listed_code(zone: str, code: str) -> str:
    """Give the code by which a list of official sentences knows an error.

    That of a header or a total means nothing without its zone: ``200-20``.
    """
    code = code.strip()
    return code if len(code) >= _WHOLE_CODE else f"{zone}-{code}"


def errors_of(claim: Claim) -> tuple[ShownError, ...]:
    """Give all errors of a claim: those of the invoice, then those of its acts."""
    return (
        *(shown_error(each) for each in claim.reasons),
        *(shown_error(each, line) for line in claim.lines for each in line.reasons),
    )


def _header_error(reason: RejectionReason) -> ShownError:
    zone = _zones(reason.record).get(reason.zone)
    return ShownError(
        record=reason.record,
        zone=reason.zone,
        title="" if zone is None else zone.title,
        start=0 if zone is None else zone.start,
        length=0 if zone is None else zone.length,
        letter=reason.letter,
        code=reason.code,
        header_error=header_error(reason.zone, reason.code),
    )


@cache
def _zones(record: str) -> Mapping[str, Zone]:
    found = (layout for layout in _LAYOUTS if layout.record == record)
    return {zone.number: zone for layout in found for zone in layout.zones}
