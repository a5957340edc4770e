"""From parts to the asynchronous engine: outbox, inbox, polling, batches, history."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypedDict

from bridge.adapters.reportfiles import FileReportWriter
from bridge.adapters.tabular import FileTableWriter
from bridge.daemon.billingengine import BillingEngine, build_billing, build_billing_kind
from bridge.daemon.careengine import (
    CareEngine,
    build_care,
    build_care_ageing,
    build_care_answers,
)
from bridge.daemon.invoiceengine import (
    InvoiceEngine,
    build_invoice_answers,
    build_invoices,
    file_desk,
)
from bridge.daemon.parts import Parts, Platform
from bridge.domain.billinginvoices import KIND as BILLING
from bridge.domain.operations import OperationKind
from bridge.mycarenet.services import (
    GENERIC_INSURABILITY,
    INVOICING,
    MEDADMIN,
    MEMBERDATA,
    with_message_names,
)
from bridge.service.batchanswers import KIND as BATCH
from bridge.service.batchanswers import BatchAnswers
from bridge.service.batchdrafts import BatchDrafter
from bridge.service.batches import BatchService
from bridge.service.billingoutbox import BillingOutbox
from bridge.service.careanswers import KIND as CARE
from bridge.service.etks import EtkBook
from bridge.service.events import EventBook
from bridge.service.exports import ExportService
from bridge.service.genasync import GenAsyncClient, GenAsyncPlace
from bridge.service.history import HistoryService
from bridge.service.inbox import Inbox
from bridge.service.invoiceanswers import KIND as INVOICES
from bridge.service.operations import OperationBook
from bridge.service.outbox import EngineParts, Outbox
from bridge.service.patientdata import PatientDataService
from bridge.service.polling import Poller
from bridge.service.registrations import RegistrationBook
from bridge.service.retention import RetentionService
from bridge.service.rights import Rights
from bridge.service.sessions import SessionService
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
    patient_data: PatientDataService
    care: CareEngine
    invoices: InvoiceEngine
    billing: BillingEngine

    @property
    def outboxes(self) -> tuple[Outbox, BillingOutbox]:
        """What sends."""
        return self.outbox, self.billing.billing_outbox


class Books(TypedDict):
    """What the services of every kind of exchange are built with."""

    outbox: Outbox
    operations: OperationBook
    registrations: RegistrationBook


def build_engine(
    parts: Parts,
    *,
    operations: OperationBook,
    registrations: RegistrationBook,
    sessions: SessionService,
    events: EventBook,
    rights: Rights,
) -> Engine:
    """Build the engine."""
    etks = EtkBook(transport=parts.transport, clock=parts.clock, place=parts.etk_place)
    shared = replace(_engine(parts, operations, sessions, events, etks=etks), rights=rights)
    outbox = Outbox(shared)
    books = Books(outbox=outbox, operations=operations, registrations=registrations)
    care = build_care(parts, shared, **books)
    invoices = build_invoices(parts, shared, **books)
    batches = _batches(parts, shared, outbox, operations, registrations)
    exports = ExportService(file_desk(parts, shared, operations), writer=FileTableWriter())
    return Engine(
        outbox=outbox,
        poller=Poller(
            shared,
            inbox=Inbox(shared),
            registrations=registrations,
            operations=operations,
            settings=parts.platform.polling,
            daily=(build_care_ageing(parts, shared, care).age,),
        ),
        batches=batches,
        history=HistoryService(shared),
        views=ViewBook(store=parts.store, clock=parts.clock, ids=parts.ids, events=events),
        exports=exports,
        work_lists=_work_lists(parts, shared, batches, registrations),
        etks=etks,
        retention=_retention(parts, shared, exports, invoices),
        patient_data=PatientDataService(shared, writer=FileReportWriter()),
        care=care,
        invoices=invoices,
        billing=build_billing(parts, shared, operations=operations),
    )


def _retention(
    parts: Parts, engine: EngineParts, exports: ExportService, invoices: InvoiceEngine
) -> RetentionService:
    daily = (exports.expire, invoices.reports.expire, *parts.daily)
    return RetentionService(engine, settings=parts.retention, daily=daily)


def _engine(
    parts: Parts,
    operations: OperationBook,
    sessions: SessionService,
    events: EventBook,
    *,
    etks: EtkBook,
) -> EngineParts:
    platform = parts.platform
    batches = _batch_answers(parts, operations)
    care = build_care_answers(parts, operations, events)
    invoices = build_invoice_answers(parts, operations, events)
    return EngineParts(
        store=parts.store,
        clock=parts.clock,
        ids=parts.ids,
        sessions=sessions,
        client=GenAsyncClient(
            place=_place(platform), transport=parts.transport, clock=parts.clock, ids=parts.ids
        ),
        wrapping=Wrapping(etks=etks, clock=parts.clock, ids=parts.ids, settings=platform.wrapping),
        events=events,
        services=with_message_names(platform.message_names),
        kinds={
            BATCH: batches,
            CARE: care,
            INVOICES: invoices,
            BILLING: build_billing_kind(parts, operations, events),
            **parts.kinds,
        },
        strays={MEDADMIN.name: care, INVOICING.name: invoices},
        reached=parts.reached,
        audit=parts.audit,
    )


def _place(platform: Platform) -> GenAsyncPlace:
    return GenAsyncPlace(
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


def _batch_answers(parts: Parts, operations: OperationBook) -> BatchAnswers:
    """Give who reads answers to batches; one can be cancelled while nothing has left."""
    answers = BatchAnswers(store=parts.store, clock=parts.clock, operations=operations)
    operations.on_cancel(OperationKind.INSURABILITY_BATCH, answers.withdraw)
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
