"""Reports: what a secretary prints about settlements and refusals.

Source: *REST API conventions* 2.1; decision D14.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class ReportKind(Enum):
    """What a report is about."""

    SETTLEMENT = "settlement"
    """One answer of an insurer, invoice by invoice."""
    REFUSALS = "refusals"
    """Refused acts of many answers, with what can be done about each."""


class ReportFormat(Enum):
    """Kinds of files a report is written as."""

    PDF = "pdf"
    XLSX = "xlsx"


@dataclass(frozen=True, kw_only=True)
class Report:
    """A report as a file, kept in the encrypted store until it expires.

    Attributes:
        id: ``rpt_…``.
        language: Language of its texts and of the form of its amounts.
        rows: How many acts are in it.
        size_bytes: Length of the content.
        sha256: Digest of the content, in hexadecimal digits.
        settlement_id: The answer it is about; ``None`` for a list of refusals.
    """

    id: str
    client_id: str
    kind: ReportKind
    format: ReportFormat
    language: str
    rows: int
    size_bytes: int
    sha256: str
    created_at: datetime
    expires_at: datetime
    settlement_id: str | None = None
