"""What is wrong with an answer itself, zone by zone (D4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import Field

from api.models.common import AnswerModel, Moment
from bridge.i18n import phrase

if TYPE_CHECKING:
    from bridge.domain.exchanges import ReceivedResponse
    from bridge.errors import ZoneFinding


class AnswerFinding(AnswerModel):
    """One thing wrong with an answer at one place; never the text that is wrong."""

    code: str = Field(description="What is wrong, such as `file_truncated`.")
    message: str = Field(description="Localised sentence.")
    record: str | None = Field(description="Type of the record; null for the file as a whole.")
    record_number: int = Field(description="Place of the record from 1; 0 for the segments.")
    zone: str | None = Field(description="Number of the zone; null for a whole record or file.")
    zone_title: str | None
    start: int = Field(description="First position of the zone in its record, from 1.")
    length: int = Field(description="Characters of the zone; 0 without a zone.")
    position: int = Field(description="First position in the answer, from 1.")


class UnreadAnswer(AnswerModel):
    """An answer that could not be read from beginning to end; a person has to look at it."""

    response_id: str
    received_at: Moment
    findings: list[AnswerFinding]
    evidence: str = Field(description="Where its exact bytes are.")


def answer_findings(findings: Sequence[ZoneFinding], language: str) -> list[AnswerFinding]:
    """Show what is wrong with an answer."""
    return [_finding(each, language) for each in findings]


def unread_answer(response: ReceivedResponse, language: str) -> UnreadAnswer:
    """Show an answer that could not be read."""
    return UnreadAnswer(
        response_id=response.id,
        received_at=response.received_at,
        findings=answer_findings(response.findings, language),
        evidence=f"/v1/exchanges/{response.exchange_id}/evidence",
    )


def _finding(found: ZoneFinding, language: str) -> AnswerFinding:
    return AnswerFinding(
        code=found.fault.value,
        message=phrase("zone_faults", found.fault.value, language),
        record=found.kind or None,
        record_number=found.record,
        zone=found.zone or None,
        zone_title=phrase("zone_titles", found.title, language) if found.zone else None,
        start=found.start,
        length=found.length,
        position=found.position,
    )
