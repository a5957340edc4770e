"""From parts to the asynchronous engine: outbox, inbox, polling, batches, history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from bridge.adapters.tabular import FileTableWriter
from bridge.daemon.parts import Parts
from bridge.domain.operations import OperationKind
from bridge.mycarenet.services import (
    GENERIC_INSURABILITY,
    INVOICING,
    MEDADMIN,
    MEMBERDATA,
    with_message_names,
)
from bridge.service.agreements import AgreementService
from bridge.service.assessments import AssessmentService
from bridge.service.batchanswers import KIND as BATCH
from bridge.service.batchanswers import BatchAnswers
from bridge.service.batchdrafts import BatchDrafter
from bridge.service.batches import BatchService
from bridge.service.careanswers import KIND as CARE
from bridge.service.careanswers import CareAnswers
from bridge.service.careupdates import CareUpdateService
from bridge.service.declarations import DeclarationService
from bridge.service.etks import EtkBook
from bridge.service.events import EventBook
from bridge.service.exports import ExportService
from bridge.service.genasync import GenAsyncClient, GenAsyncPlace
from bridge.service.history import HistoryService
from bridge.service.inbox import Inbox
from bridge.service.invoiceanswers import KIND as INVOICES
from bridge.service.invoiceanswers import InvoiceAnswers
from bridge.service.invoicebatches import InvoiceBatchService
from bridge.service.invoicefiles import InvoiceFileBook
from bridge.service.invoicefollowups import InvoiceFollowUps
from bridge.service.invoiceoverview import InvoiceOverviewService
from bridge.service.invoicesubmissions import InvoiceSubmissionService
from bridge.service.operations import OperationBook
from bridge.service.outbox import EngineParts, Outbox
from bridge.service.polling import Poller
from bridge.service.registrations import RegistrationBook
from bridge.service.retention import RetentionService
from bridge.service.sessions import SessionService
from bridge.service.settlementbook import SettlementBook
from bridge.service.submissions import SubmissionService
from bridge.service.views import ViewBook
from bridge.service.worklists import WorkListService
from bridge.service.wrapping import Wrapping


@dataclass(frozen=True, kw_only=True)
class Engine:
    """The services of the asynchronous engine."""

    outbox: Outbox
    poller: Poller
    batches: BatchService
    history: HistoryService
    views: ViewBook
    exports: ExportService
    work_lists: WorkListService
    etks: EtkBook
    retention: RetentionService
    declarations: DeclarationService
    submissions: SubmissionService
    care_updates: CareUpdateService
    agreements: AgreementService
    assessments: AssessmentService
    invoice_batches: InvoiceBatchService
    invoice_submissions: InvoiceSubmissionService
    settlements: SettlementBook
    invoice_follow_ups: InvoiceFollowUps
    invoice_overview: InvoiceOverviewService


def build_engine(
    parts: Parts,
    *,
    operations: OperationBook,
    registrations: RegistrationBook,
    sessions: SessionService,
    events: EventBook,
) -> Engine:
    """Build the engine."""
    etks = EtkBook(transport=parts.transport, clock=parts.clock, place=parts.etk_place)
    shared = _engine(parts, operations, sessions, events, etks=etks)
    outbox = Outbox(shared)
    batches = _batches(parts, shared, outbox, operations, registrations)
    declarations = DeclarationService(shared, registrations=registrations, settings=parts.care)
    return Engine(
        outbox=outbox,
        poller=_poller(parts, shared, declarations, operations, registrations),
        batches=batches,
        history=HistoryService(shared),
        views=ViewBook(store=parts.store, clock=parts.clock, ids=parts.ids, events=events),
        exports=ExportService(shared, operations=operations, writer=FileTableWriter()),
        work_lists=_work_lists(parts, shared, batches, registrations),
        etks=etks,
        retention=RetentionService(shared, settings=parts.retention),
        declarations=declarations,
        submissions=SubmissionService(
            shared, outbox=outbox, operations=operations, declarations=declarations
        ),
        care_updates=CareUpdateService(shared),
        agreements=AgreementService(shared),
        assessments=AssessmentService(clock=parts.clock, settings=parts.care),
        **_invoices(parts, shared, outbox, operations, registrations),
    )


def _poller(
    parts: Parts,
    engine: EngineParts,
    declarations: DeclarationService,
    operations: OperationBook,
    registrations: RegistrationBook,
) -> Poller:
    return Poller(
        engine,
        inbox=Inbox(engine),
        registrations=registrations,
        operations=operations,
        settings=parts.platform.polling,
        daily=(declarations.age,),
    )


class _Invoices(TypedDict):
    """Members of the engine about invoices."""

    invoice_batches: InvoiceBatchService
    invoice_submissions: InvoiceSubmissionService
    settlements: SettlementBook
    invoice_follow_ups: InvoiceFollowUps
    invoice_overview: InvoiceOverviewService


def _invoices(
    parts: Parts,
    shared: EngineParts,
    outbox: Outbox,
    operations: OperationBook,
    registrations: RegistrationBook,
) -> _Invoices:
    settings = parts.invoices
    files = InvoiceFileBook(clock=parts.clock, settings=settings, is_test=parts.platform.is_test)
    return {
        "invoice_batches": InvoiceBatchService(
            shared, registrations=registrations, files=files, settings=settings
        ),
        "invoice_submissions": InvoiceSubmissionService(
            shared, outbox=outbox, operations=operations, rules=files, settings=settings
        ),
        "settlements": SettlementBook(shared, settings=settings),
        "invoice_follow_ups": InvoiceFollowUps(shared, settings=settings),
        "invoice_overview": InvoiceOverviewService(store=parts.store, settings=settings),
    }


def _engine(
    parts: Parts,
    operations: OperationBook,
    sessions: SessionService,
    events: EventBook,
    *,
    etks: EtkBook,
) -> EngineParts:
    platform = parts.platform
    place = GenAsyncPlace(
        urls={
            MEMBERDATA.name: platform.endpoints.genasync_memberdata,
            GENERIC_INSURABILITY.name: platform.endpoints.genasync_insurability,
            MEDADMIN.name: platform.endpoints.genasync_medadmin,
            INVOICING.name: platform.endpoints.genasync_invoicing,
        },
        package=platform.package,
        is_test=platform.is_test,
        tack_hmac=platform.tack_hmac,
        signs_body=platform.signs_body,
    )
    batches, care = _kinds(parts, operations, events)
    invoices = _invoice_answers(parts, operations)
    return EngineParts(
        store=parts.store,
        clock=parts.clock,
        ids=parts.ids,
        sessions=sessions,
        client=GenAsyncClient(
            place=place, transport=parts.transport, clock=parts.clock, ids=parts.ids
        ),
        wrapping=Wrapping(etks=etks, clock=parts.clock, ids=parts.ids, settings=platform.wrapping),
        events=events,
        services=with_message_names(platform.message_names),
        kinds={BATCH: batches, CARE: care, INVOICES: invoices, **parts.kinds},
        strays={MEDADMIN.name: care, INVOICING.name: invoices},
        reached=parts.reached,
    )


def _kinds(
    parts: Parts, operations: OperationBook, events: EventBook
) -> tuple[BatchAnswers, CareAnswers]:
    """Give who reads answers; their operations can be cancelled while nothing has left."""
    batches = BatchAnswers(store=parts.store, clock=parts.clock, operations=operations)
    operations.on_cancel(OperationKind.INSURABILITY_BATCH, batches.withdraw)
    care = CareAnswers(
        store=parts.store,
        clock=parts.clock,
        ids=parts.ids,
        operations=operations,
        meanings=parts.refusal_meanings,
        events=events,
    )
    operations.on_cancel(OperationKind.DECLARATION_SUBMISSION, care.withdraw)
    return batches, care


def _invoice_answers(parts: Parts, operations: OperationBook) -> InvoiceAnswers:
    """Give who reads answers to invoices; a release can be cancelled while nothing has left."""
    answers = InvoiceAnswers(
        store=parts.store,
        clock=parts.clock,
        ids=parts.ids,
        operations=operations,
        settings=parts.invoices,
    )
    operations.on_cancel(OperationKind.INVOICE_BATCH_SUBMISSION, answers.withdraw)
    return answers


def _work_lists(
    parts: Parts, engine: EngineParts, batches: BatchService, registrations: RegistrationBook
) -> WorkListService:
    return WorkListService(
        engine,
        batches=batches,
        registrations=registrations,
        new_patient_months=parts.new_patient_months,
    )


def _batches(
    parts: Parts,
    engine: EngineParts,
    outbox: Outbox,
    operations: OperationBook,
    registrations: RegistrationBook,
) -> BatchService:
    return BatchService(
        store=parts.store,
        parts=engine,
        outbox=outbox,
        registrations=registrations,
        drafter=BatchDrafter(
            store=parts.store,
            parts=engine,
            operations=operations,
            place=parts.memberdata_place,
        ),
    )
