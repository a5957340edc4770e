"""From parts to the services of invoices."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.adapters.aeszip import AesZip
from bridge.adapters.reportfiles import FileReportWriter
from bridge.daemon.parts import Parts
from bridge.domain.operations import OperationKind
from bridge.service.engineparts import EngineParts
from bridge.service.events import EventBook
from bridge.service.invoiceanswers import InvoiceAnswers
from bridge.service.invoicebatches import InvoiceBatchService
from bridge.service.invoicefiles import InvoiceFileBook
from bridge.service.invoicefollowups import InvoiceFollowUps
from bridge.service.invoiceoverview import InvoiceOverviewService
from bridge.service.invoicesubmissions import InvoiceSubmissionService
from bridge.service.madefiles import FileDesk
from bridge.service.operations import OperationBook
from bridge.service.outbox import Outbox
from bridge.service.registrations import RegistrationBook
from bridge.service.reports import ReportService
from bridge.service.settlementbook import SettlementBook


@dataclass(frozen=True, kw_only=True)
class InvoiceEngine:
    """The services of invoices that the edges use."""

    invoice_batches: InvoiceBatchService
    invoice_submissions: InvoiceSubmissionService
    settlements: SettlementBook
    invoice_follow_ups: InvoiceFollowUps
    invoice_overview: InvoiceOverviewService
    reports: ReportService


def file_desk(parts: Parts, engine: EngineParts, operations: OperationBook) -> FileDesk:
    """Give what services that make files share."""
    return FileDesk(
        engine=engine,
        operations=operations,
        sealer=AesZip(ids=parts.ids, clock=parts.clock),
        may_be_plain=parts.may_export_plain,
    )


def build_invoices(
    parts: Parts,
    engine: EngineParts,
    *,
    outbox: Outbox,
    operations: OperationBook,
    registrations: RegistrationBook,
) -> InvoiceEngine:
    """Build the services of invoices."""
    settings = parts.invoices
    files = InvoiceFileBook(clock=parts.clock, settings=settings, is_test=parts.platform.is_test)
    return InvoiceEngine(
        invoice_batches=InvoiceBatchService(
            engine, registrations=registrations, files=files, settings=settings
        ),
        invoice_submissions=InvoiceSubmissionService(
            engine, outbox=outbox, operations=operations, rules=files, settings=settings
        ),
        settlements=SettlementBook(engine, settings=settings),
        invoice_follow_ups=InvoiceFollowUps(engine, settings=settings),
        invoice_overview=InvoiceOverviewService(store=parts.store, settings=settings),
        reports=ReportService(
            file_desk(parts, engine, operations), writer=FileReportWriter(), settings=settings
        ),
    )


def build_invoice_answers(
    parts: Parts, operations: OperationBook, events: EventBook
) -> InvoiceAnswers:
    """Build who reads answers to invoices; a release can be cancelled while nothing has left."""
    answers = InvoiceAnswers(
        store=parts.store,
        clock=parts.clock,
        ids=parts.ids,
        operations=operations,
        settings=parts.invoices,
        events=events,
    )
    operations.on_cancel(OperationKind.INVOICE_BATCH_SUBMISSION, answers.withdraw)
    return answers
