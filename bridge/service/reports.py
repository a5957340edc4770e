"""Reports: a settlement, or a list of refusals, as a file a secretary prints.

Who may read answers of one caller only gets reports about those (D13).
Source: *REST API conventions* 2.1 and 8; decision D14; *Local API security* SEC-134.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from bridge.domain.operations import Operation, OperationKind, OperationStatus
from bridge.domain.periods import brussels_day
from bridge.domain.referencedata import OfficialTexts, ReferenceKind
from bridge.domain.reports import Report, ReportFormat, ReportKind
from bridge.errors import InputError, NotFound
from bridge.ports.reports import ReportDocument, Reports, ReportWriter
from bridge.service.history import owner_of
from bridge.service.madefiles import FileDesk, Made, MadeFileService
from bridge.service.refusalreport import RefusalReporter, WantedRefusals
from bridge.service.reportparts import ReportWords
from bridge.service.settlementreport import SettlementReporter

if TYPE_CHECKING:
    from bridge.domain.invoicesettings import InvoiceSettings
    from bridge.ports.store import UnitOfWork
    from bridge.service.tokens import Client

MOST_ROWS: Final = {ReportFormat.PDF: 20_000, ReportFormat.XLSX: 100_000}
"""Acts of one report; nobody prints more, and a spreadsheet gets slow."""


@dataclass(frozen=True, kw_only=True)
class WantedReport:
    """What is reported, in which language and form: one of the two.

    Attributes:
        settlement_id: The answer a report is about.
        refusals: Which refused acts are listed.
        passphrase: What opens the file; ``None`` asks for one that anybody can open.
    """

    format: ReportFormat
    language: str
    settlement_id: str | None = None
    refusals: WantedRefusals | None = None
    passphrase: str | None = field(default=None, repr=False)

    @property
    def kind(self) -> ReportKind:
        """What it is about."""
        return ReportKind.SETTLEMENT if self.refusals is None else ReportKind.REFUSALS


class ReportService(MadeFileService[Report]):
    """Makes and keeps reports."""

    def __init__(self, desk: FileDesk, *, writer: ReportWriter, settings: InvoiceSettings) -> None:
        """Keep the parts."""
        super().__init__(desk)
        self._writer = writer
        self._settings = settings

    def files(self, unit: UnitOfWork) -> Reports:
        """Give where reports are kept."""
        return unit.reports

    async def start(self, wanted: WantedReport, *, client: Client) -> Operation:
        """Begin a report; the operation's result is its path.

        Raises:
            Conflict: ``export_passphrase_missing``, and the user allowed no plain files.
            NotFound: no such answer that the caller may see.
        """
        self._require_passphrase(wanted.passphrase)
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

    async def _make(self, operation: Operation, wanted: WantedReport, client: Client) -> None:
        await self._operations.move(operation.id, OperationStatus.RUNNING, step=1)
        document = await self._parts.store.read(lambda unit: self._document(unit, wanted, client))
        check_size(document, wanted.format)
        content = await asyncio.to_thread(self._writer.write, wanted.format, document)
        name = f"carebridge-{wanted.kind.value}.{wanted.format.value}"
        made = Made(name=name, content=content, rows=len(document.main.rows))
        sealed = await self._sealed(made, wanted.passphrase)
        report = Report(
            kind=wanted.kind,
            format=wanted.format,
            language=wanted.language,
            settlement_id=wanted.settlement_id,
            **self._facts(made, sealed, client, "rpt"),
        )
        await self._keep(operation, report, sealed, path="/v1/reports")

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
