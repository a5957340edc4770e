"""Examples of billing in the OpenAPI document, made by the models themselves."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from api.examples import LANGUAGE, NISS, NOW, shown
from api.models.billing_invoices import invoice_detail, invoice_resource
from api.models.billing_services import service_resource, stray_resource
from api.models.billing_views import live_information, totals_resource, tree_patient
from api.models.operations import operation_resource
from bridge.domain.billing import (
    MOVE_IMPOSSIBLE,
    BillingFinding,
    BillingPosition,
    BillingState,
    Instalment,
    InstalmentPlan,
    StateChange,
    StateReport,
)
from bridge.domain.billinginvoices import (
    BilledAmounts,
    BilledPatient,
    BillingInvoice,
    InvoiceReferences,
)
from bridge.domain.billingservices import (
    Authentication,
    BillingAccount,
    StrayInvoice,
    SyncProgress,
)
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.identifiers import Niss
from bridge.domain.operations import Operation, OperationKind, OperationStatus
from bridge.ports.billing import ReportedInvoice, StateTotal
from bridge.service.billingdesk import AccountView
from bridge.service.billinglook import Branch, LiveInformation, PatientBranches

_SERVICE_ID: Final = "bsv_01JD3W7V7Q0M2N4Z8K5T6R1S9A"
_INVOICE_ID: Final = "bin_01JD3W7V7Q0M2N4Z8K5T6R1S9B"
_OPERATION_ID: Final = "op_01JD3W7V7Q0M2N4Z8K5T6R1S9C"
_COMMUNICATION: Final = "000000000101"
_LATER: Final = NOW + timedelta(days=32)

REQUEST: Final[dict[str, Any]] = {
    "billing_service_id": _SERVICE_ID,
    "pdf_base64": "JVBERi0xLjcKJSVFT0YK",
    "number": "2026-0001",
    "payment_reference": _COMMUNICATION,
    "issued_on": "2026-11-20",
    "due_on": "2026-12-20",
    "total_cents": 12_000,
    "copayment_cents": 2_000,
    "patient": {
        "patient_ref": "patient-1",
        "niss": NISS,
        "last_name": "Voorbeeld",
        "first_name": "Persona",
    },
    "client_ref": "invoice-1",
    "treatment_ref": "treatment-1",
}
SERVICE_REQUEST: Final[dict[str, Any]] = {
    "name": "CMD",
    "base_url": "https://billing.example/v1",
    "token_url": "https://billing.example/token",
    "authentication": "client_credentials",
    "client_id": "practice-1",
    "client_secret": "example",
    "is_synchronised": True,
}
_ACCOUNT: Final = BillingAccount(
    id=_SERVICE_ID,
    name="CMD",
    base_url="https://billing.example/v1",
    token_url="https://billing.example/token",  # noqa: S106  # an address, no secret
    authentication=Authentication.CLIENT_CREDENTIALS,
    client_id="practice-1",
    is_synchronised=True,
    created_at=NOW,
    updated_at=NOW,
)
_PLAN: Final = InstalmentPlan(
    agreed_on=date(2026, 12, 15),
    instalments=(
        Instalment(number=1, due_on=date(2026, 12, 22), amount=6_000, paid_on=date(2026, 12, 20)),
        Instalment(number=2, due_on=date(2027, 1, 22), amount=6_000),
    ),
)
_REPORT: Final = StateReport(
    service_ref="S-0000001",
    reference=_INVOICE_ID,
    raw_state="reminded",
    state=BillingState.REMINDED,
    changed_at=_LATER,
    amount=12_000,
    reminders=1,
    last_reminder_on=date(2026, 12, 24),
    paid=6_000,
    plan=_PLAN,
)
_POSITION: Final = BillingPosition(
    state=BillingState.REMINDED,
    raw_state="reminded",
    raw_at=_LATER,
    changed_at=_LATER,
    heard_at=_LATER,
    reminders=1,
    last_reminder_on=date(2026, 12, 24),
    paid=6_000,
    plan=_PLAN,
    changes=(
        StateChange(at=NOW, state=BillingState.SENT, changed_at=NOW, raw_state="sent"),
        StateChange(
            at=_LATER,
            state=BillingState.REMINDED,
            changed_at=_LATER,
            raw_state="reminded",
            reminders=1,
            paid=6_000,
            has_plan=True,
        ),
    ),
    findings=(
        BillingFinding(
            at=_LATER,
            code=MOVE_IMPOSSIBLE,
            state=BillingState.REMINDED,
            raw_state="open",
            changed_at=_LATER,
        ),
    ),
)
_INVOICE: Final = BillingInvoice(
    id=_INVOICE_ID,
    client_id="example",
    practice_id="",
    service_id=_SERVICE_ID,
    exchange_id="exc_01JD3W7V7Q0M2N4Z8K5T6R1S9X",
    operation_id=_OPERATION_ID,
    status=ExchangeStatus.ACCEPTED,
    issued_on=date(2026, 11, 20),
    due_on=date(2026, 12, 20),
    patient=BilledPatient(
        patient_ref="patient-1",
        niss=Niss(NISS),
        last_name="Voorbeeld",
        first_name="Persona",
    ),
    amounts=BilledAmounts(total=12_000, copayment=2_000),
    references=InvoiceReferences(
        number="2026-0001",
        payment_reference=_COMMUNICATION,
        client_ref="invoice-1",
        treatment_ref="treatment-1",
    ),
    created_at=NOW,
    updated_at=_LATER,
    is_synchronised=True,
    pdf_sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    pdf_pages=1,
    service_ref="S-0000001",
    sent_at=NOW,
    position=_POSITION,
)
_BRANCHES: Final = PatientBranches(
    patient_ref="patient-1",
    branches=[Branch(treatment_ref="treatment-1", estimate_ref=None, invoices=[_INVOICE])],
)

SERVICE: Final = shown(
    service_resource(
        AccountView(
            account=_ACCOUNT,
            progress=SyncProgress(cursor="c", last_run_at=_LATER, requests=12),
            invoices=1,
            strays=1,
        )
    )
)
STRAY: Final = shown(
    stray_resource(
        StrayInvoice(
            service_id=_SERVICE_ID,
            service_ref="S-ELSEWHERE",
            raw_state="open",
            raw='{"service_ref": "S-ELSEWHERE", "state": "open"}',
            seen_at=NOW,
        )
    )
)
INVOICE: Final = shown(invoice_resource(_INVOICE, LANGUAGE))
DETAIL: Final = shown(invoice_detail(_INVOICE, LANGUAGE))
LIVE: Final = shown(
    live_information(
        LiveInformation(
            invoice=_INVOICE,
            said=ReportedInvoice(report=_REPORT, raw="{}"),
            fetched_at=_LATER,
        ),
        LANGUAGE,
    )
)
TOTALS: Final = shown(
    totals_resource(
        [
            StateTotal(
                state=state,
                count=int(state is BillingState.REMINDED),
                amount=12_000 if state is BillingState.REMINDED else 0,
                paid=6_000 if state is BillingState.REMINDED else 0,
            )
            for state in BillingState
        ],
        LANGUAGE,
    )
)
TREE_PATIENT: Final = shown(tree_patient(_BRANCHES, LANGUAGE, with_patient=False))
REFRESHED: Final[dict[str, Any]] = {
    "fetched_at": "2026-12-24T07:15:00.000Z",
    "items": [TREE_PATIENT],
}
OPERATION: Final = shown(
    operation_resource(
        Operation(
            id=_OPERATION_ID,
            kind=OperationKind.BILLING_INVOICE,
            client_id="example",
            status=OperationStatus.QUEUED,
            created_at=NOW,
            updated_at=NOW,
        ),
        LANGUAGE,
    )
)
