"""What is kept about one patient: giving it to her, and erasing it.

Source: *Local API security* SEC-163, SEC-164, GDPR-02.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import structlog

from bridge.domain.audit import DONE, Action
from bridge.domain.periods import brussels_day
from bridge.domain.reports import ReportFormat
from bridge.domain.retention import duty_until
from bridge.errors import Conflict
from bridge.masks import without_assertion
from bridge.ports.reports import CellKind, ReportCell
from bridge.service.reportparts import ReportWords

if TYPE_CHECKING:
    from bridge.domain.identifiers import Niss
    from bridge.ports.keeping import PatientFile
    from bridge.ports.reports import ReportDocument, ReportWriter
    from bridge.ports.store import UnitOfWork
    from bridge.service.engineparts import EngineParts

FORMAT: Final = "carebridge-patient-data/1"
"""Name and version of the document that is given to a patient."""

DESPITE_DUTY: Final = "despite_duty"
"""Result of an erasure of what the law still wanted kept."""

PLAIN: Final = "plain"
"""Result of an export that is not encrypted (SEC-134)."""

_MADE: Final = ("created_at", "received_at", "read_at", "learned_at", "answered_at")
_MOST_TEXT: Final = 600
"""Characters of one row on paper; the document for programs has all of them."""

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class PatientExport:
    """Everything about one patient, for programs and on paper.

    Attributes:
        document: JSON in UTF-8; evidence in base64.
        paper: The same without the exact bytes, as a PDF file.
        rows: How many things there are.
    """

    id: str
    document: bytes = field(repr=False)
    paper: bytes = field(repr=False)
    rows: int


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """The proof that a patient was erased; it does not say who.

    Attributes:
        counts: Rows that went, by table.
    """

    id: str
    at: datetime
    counts: Mapping[str, int]


class PatientDataService:
    """Gives and erases what is kept about one patient."""

    def __init__(self, parts: EngineParts, *, writer: ReportWriter) -> None:
        """Keep store, clock and audit log, and who writes on paper."""
        self._parts = parts
        self._writer = writer

    async def export(self, niss: Niss, *, language: str, is_plain: bool = False) -> PatientExport:
        """Write everything about a patient; nothing about her gives empty lists.

        ``is_plain`` says that it will lie somewhere without a pass phrase, and is recorded.
        """
        found = await self._parts.store.read(lambda unit: unit.patients.gather(niss))
        name, now = self._parts.ids.ulid("pex"), self._parts.clock.now()
        document = await asyncio.to_thread(_document, found, niss, now)
        paper = _paper(found, niss, at=now, language=language)
        printed = await asyncio.to_thread(self._writer.write, ReportFormat.PDF, paper)
        count = sum(len(rows) for rows in found.rows.values())
        result = PLAIN if is_plain else DONE
        self._parts.audit.record(Action.EXPORT_MADE, object_id=name, patient=niss, result=result)
        return PatientExport(id=name, document=document, paper=printed, rows=count)

    async def erase(self, niss: Niss, *, despite_duty: bool = False) -> Erasure:
        """Remove everything about a patient, all of it or nothing (SEC-163).

        The salt of her pseudonym goes too, so records of the audit log lead nowhere any more.

        Args:
            niss: Her number.
            despite_duty: The controller decides that it goes although the law wants it kept; the
                record of the erasure says so.

        Raises:
            Conflict: ``retention_required``, the law still wants invoices of hers kept, with
                ``until``; ``state_not_allowed``, something is being sent or awaits its answer.
        """
        now = self._parts.clock.now()

        def work(unit: UnitOfWork) -> tuple[dict[str, int], bool]:
            year = unit.patients.last_invoiced_year(niss)
            has_duty = year is not None and duty_until(year) >= brussels_day(now)
            if year is not None and has_duty and not despite_duty:
                raise Conflict(code="retention_required", until=duty_until(year).isoformat())
            if unit.patients.is_under_way(niss):
                raise Conflict(code="state_not_allowed")
            return unit.patients.erase(niss), has_duty

        counts, is_against_duty = await self._parts.store.write(work)
        await asyncio.to_thread(self._parts.audit.forget, niss)
        erasure = Erasure(id=self._parts.ids.ulid("ers"), at=now, counts=counts)
        count = sum(counts.values())
        # Without the pseudonym of the patient: what stays must not lead back to her (SEC-163).
        result = DESPITE_DUTY if is_against_duty else DONE
        self._parts.audit.record(Action.DATA_ERASED, object_id=erasure.id, result=result)
        log.info("patient_data.erased", erasure=erasure.id, count=count)
        return erasure


def _document(found: PatientFile, niss: Niss, at: datetime) -> bytes:
    whole = {
        "format": FORMAT,
        "made_at": at.isoformat(),
        "niss": niss.digits,
        **found.rows,
        "evidence": [
            {**each, "content": base64.b64encode(without_assertion(each["content"])).decode()}
            for each in found.evidence
        ],
    }
    return json.dumps(whole, ensure_ascii=False, indent=1).encode()


def _paper(found: PatientFile, niss: Niss, *, at: datetime, language: str) -> ReportDocument:
    words = ReportWords(language)
    columns = (
        words.column("kept_kind", width=20),
        words.column("kept_day", CellKind.DAY, width=14),
        words.column("kept_state", width=14),
        words.column("kept_facts", width=60),
    )
    rows = [
        _row(words.say(f"kept_{table}"), each)
        for table, documents in found.rows.items()
        for each in documents
    ]
    table = words.table("kept_table", columns, rows, has_total=False)
    return words.document(words.say("kept_title"), [("kept_niss", niss.digits)], [table], at=at)


def _row(kind: str, document: dict[str, Any]) -> tuple[ReportCell, ...]:
    moments = (document.get(name) for name in _MADE)
    made = next((each for each in moments if each), None)
    day = None if made is None else brussels_day(datetime.fromisoformat(made))
    facts = ", ".join(f"{name}: {value}" for name, value in _leaves(document))
    return (kind, day, str(document.get("status") or ""), facts[:_MOST_TEXT])


def _leaves(value: Any, path: str = "") -> list[tuple[str, str]]:
    """Give the facts of a document, each with its place; empty ones are left out."""
    if isinstance(value, dict):
        places = [(f"{path}.{name}" if path else name, each) for name, each in value.items()]
    elif isinstance(value, list):
        places = [(path, each) for each in value]
    else:
        return [] if value in (None, "") else [(path, str(value))]
    return [leaf for place, each in places for leaf in _leaves(each, place)]
