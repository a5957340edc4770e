"""Reports: what a secretary prints about settlements and refusals.

Source: *REST API conventions* 2.1; decision D14.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from bridge.domain.madefiles import MadeFile


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
class Report(MadeFile):
    """A report as a file; its identifier is ``rpt_…``, its rows are acts.

    Attributes:
        language: Language of its texts and of the form of its amounts.
        settlement_id: The answer it is about; ``None`` for a list of refusals.
    """

    kind: ReportKind
    format: ReportFormat
    language: str
    settlement_id: str | None = None
