"""Reports: a settlement, or a list of refusals, as a file a secretary prints.

The file stays in the encrypted store until it is fetched, taken away or a day old.
Who may read answers of one caller only gets reports about those (D13).
Source: *REST API conventions* 2.1 and 8; decision D14.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bridge.domain.operations import Operation, OperationKind, OperationStatus
from bridge.domain.periods import brussels_day
from bridge.domain.referencedata import OfficialTexts, ReferenceKind
from bridge.domain.reports import Report, ReportFormat, ReportKind
from bridge.errors import InputError, NotFound
from bridge.ports.reports import ReportDocument, ReportWriter
from bridge.service.history import owner_of
from bridge.service.refusalreport import RefusalReporter, WantedRefusals
from bridge.service.reportparts import ReportWords
from bridge.service.settlementreport import SettlementReporter

if TYPE_CHECKING:
    from bridge.domain.invoicesettings import InvoiceSettings
    from bridge.ports.store import UnitOfWork
    from bridge.service.engineparts import EngineParts
    from bridge.service.operations import OperationBook
    from bridge.service.tokens import Client

LIFETIME: Final = timedelta(days=1)
MOST_ROWS: Final = {ReportFormat.PDF: 20_000, ReportFormat.XLSX: 100_000}
"""Acts of one report; nobody prints more, and a spreadsheet gets slow."""


@dataclass(frozen=True, kw_only=True)
class WantedReport:
    """What is reported, in which language and form: one of the two.

    Attributes:
        settlement_id: The answer a report is about.
        refusals: Which refused acts are listed.
    """

    format: ReportFormat
    language: str
    settlement_id: str | None = None
    refusals: WantedRefusals | None = None

    @property
    def kind(self) -> ReportKind:
        """What it is about."""
        return ReportKind.SETTLEMENT if self.refusals is None else ReportKind.REFUSALS


class ReportService:
    """Makes and keeps reports."""

    def __init__(
        self,
        parts: EngineParts,
        *,
        operations: OperationBook,
        writer: ReportWriter,
        settings: InvoiceSettings,
    ) -> None:
        """Keep the parts."""
        self._parts = parts
        self._operations = operations
        self._writer = writer
        self._settings = settings

    async def start(self, wanted: WantedReport, *, client: Client) -> Operation:
        """Begin a report; the operation's result is its path.

        Raises:
            NotFound: no such answer that the caller may see.
        """
        operation = self._operations.new(
            OperationKind.REPORT, client_id=client.id, actor_id=client.actor_id, steps=1
        )
        now = self._parts.clock.now()

        def work(unit: UnitOfWork) -> None:
            unit.reports.expire(now=now)
            if wanted.refusals is None:
                _check_visible(unit, wanted.settlement_id, client)
            unit.operations.add(operation)

        await self._parts.store.write(work)
        self._operations.run(operation.id, self._make(operation, wanted, client))
        return operation

    async def page(
        self, *, client: Client, limit: int, before_id: str | None = None
    ) -> tuple[list[Report], int]:
        """Read the caller's reports, newest first, and count them."""
        now = self._parts.clock.now()
        return await self._parts.store.read(
            lambda unit: unit.reports.page(
                client_id=client.id, now=now, limit=limit, before_id=before_id
            )
        )

    async def get(self, report_id: str, *, client: Client) -> Report:
        """Show a report.

        Raises:
            NotFound: none of that identifier for this caller, or it has expired.
        """
        return await self._parts.store.read(lambda unit: self._found(unit, report_id, client))

    async def content(self, report_id: str, *, client: Client) -> tuple[Report, bytes]:
        """Give a report with its content.

        Raises:
            NotFound: none of that identifier for this caller, or it has expired.
        """

        def work(unit: UnitOfWork) -> tuple[Report, bytes]:
            report = self._found(unit, report_id, client)
            return report, unit.reports.content(report.id)

        return await self._parts.store.read(work)

    async def remove(self, report_id: str, *, client: Client) -> None:
        """Delete a report before it expires.

        Raises:
            NotFound: none of that identifier for this caller.
        """

        def work(unit: UnitOfWork) -> None:
            unit.reports.remove(self._found(unit, report_id, client).id)

        await self._parts.store.write(work)

    async def expire(self) -> None:
        """Delete what has expired; at the start, since nothing may outlive its day."""
        now = self._parts.clock.now()
        await self._parts.store.write(lambda unit: unit.reports.expire(now=now))

    async def _make(self, operation: Operation, wanted: WantedReport, client: Client) -> None:
        await self._operations.move(operation.id, OperationStatus.RUNNING, step=1)
        document = await self._parts.store.read(lambda unit: self._document(unit, wanted, client))
        check_size(document, wanted.format)
        content = await asyncio.to_thread(self._writer.write, wanted.format, document)
        report = self._kept(document, content, wanted, client)
        await self._operations.move(
            operation.id,
            OperationStatus.SUCCEEDED,
            also=lambda unit: unit.reports.add(report, content),
            result_path=f"/v1/reports/{report.id}",
        )

    def _document(self, unit: UnitOfWork, wanted: WantedReport, client: Client) -> ReportDocument:
        now = self._parts.clock.now()
        lists = unit.reference_data.lists(ReferenceKind.ERROR_TEXTS)
        words = ReportWords(wanted.language, OfficialTexts.of(lists, on=brussels_day(now)))
        if wanted.refusals is not None:
            visible = replace(wanted.refusals.batches, client_id=owner_of(client))
            reporter = RefusalReporter(unit, words, at=now)
            return reporter.report(replace(wanted.refusals, batches=visible))
        kept = unit.settlements.get(wanted.settlement_id or "", client_id=owner_of(client))
        if kept is None:
            raise NotFound
        batch = unit.invoice_batches.get(kept.batch_id, client_id=None)
        if batch is None:
            raise NotFound
        return SettlementReporter(unit, self._settings, words, at=now).report(kept, batch)

    def _kept(
        self, document: ReportDocument, content: bytes, wanted: WantedReport, client: Client
    ) -> Report:
        now = self._parts.clock.now()
        return Report(
            id=self._parts.ids.ulid("rpt"),
            client_id=client.id,
            kind=wanted.kind,
            format=wanted.format,
            language=wanted.language,
            rows=len(document.main.rows),
            size_bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            created_at=now,
            expires_at=now + LIFETIME,
            settlement_id=wanted.settlement_id,
        )

    def _found(self, unit: UnitOfWork, report_id: str, client: Client) -> Report:
        report = unit.reports.get(report_id, client_id=client.id)
        if report is None or report.expires_at <= self._parts.clock.now():
            raise NotFound
        return report


def check_size(document: ReportDocument, form: ReportFormat) -> None:
    """Refuse what nobody can print.

    Raises:
        InputError: it has too many acts (``export_too_large``).
    """
    most = MOST_ROWS[form]
    if len(document.main.rows) > most:
        raise InputError(code="export_too_large", most=most)


def _check_visible(unit: UnitOfWork, settlement_id: str | None, client: Client) -> None:
    if unit.settlements.get(settlement_id or "", client_id=owner_of(client)) is None:
        raise NotFound
