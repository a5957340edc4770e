"""Examples of invoice batches in the OpenAPI document, made by the models themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from api.examples import LANGUAGE, NISS, NOW, PAGE, listed, shown
from api.models.common import Page
from api.models.invoice_batches import batch_resource
from api.models.invoice_claims import (
    InvoiceClaimRequest,
    InvoiceCreditNoteResource,
    claim_of,
    claim_resource,
)
from api.models.invoice_findings import preview_of, validation_of
from api.models.operations import operation_resource
from bridge.codecs.efact.explain import ExplainedRecord, ExplainedZone
from bridge.domain.claims import Claim
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.identifiers import Nihii
from bridge.domain.invoicecases import ClaimFinding
from bridge.domain.invoices import InvoiceBatch
from bridge.domain.months import Month
from bridge.domain.operations import Operation, OperationKind, OperationStatus
from bridge.ports.invoices import BatchSums
from bridge.service.invoicebatches import BatchView
from bridge.service.invoicedrafts import ActDraft
from bridge.service.invoicefiles import ClaimFindings, DryRun, Validation

__all__ = [
    "ACT",
    "BATCH",
    "BATCH_REQUEST",
    "CLAIM",
    "CLAIM_REQUEST",
    "CREDIT_NOTE",
    "LUMP_SUM_CLAIM_REQUEST",
    "OPERATION",
    "PREVIEW",
    "SENT",
    "VALIDATION",
    "listed",
]

_ULID: Final = "01JD3W7V7Q0M2N4Z8K5T6R1S9A"
_BATCH_ID: Final = f"inv_{_ULID}"
_NURSE: Final = "40000028401"
_PATIENT: Final = {"niss": NISS, "mutuality": "129", "sex": "female"}
_READING: Final = {
    "reading_kind": "1",
    "support_kind": "1",
    "support_serial": "592000000097",
    "read_on": "2026-11-02",
    "read_time": "0815",
}

BATCH_REQUEST: Final[dict[str, Any]] = {
    "month": "2026-11",
    "insurer": "100",
    "client_ref": "november-100",
}
ACT: Final[dict[str, Any]] = {
    "kind": "act",
    "nomenclature_code": "423054",
    "day_on": "2026-11-02",
    "care_time": "0815",
    "provider": _NURSE,
    "prescriber": "10000007",
    "prescribed_on": "2026-10-30",
    "insurer_amount_cents": 480,
    "copayment_cents": 120,
    "reading": _READING,
}
CLAIM_REQUEST: Final[dict[str, Any]] = {
    "patient": _PATIENT,
    "ct1": "110",
    "ct2": "110",
    "care": [ACT],
    "client_ref": "invoice-1",
}
LUMP_SUM_CLAIM_REQUEST: Final[dict[str, Any]] = {
    "patient": _PATIENT,
    "ct1": "110",
    "ct2": "110",
    "care": [
        {
            "kind": "lump_sum_day",
            "nomenclature_code": "425272",
            "day_on": "2026-11-03",
            "agreement_number": "129202600000123",
            "visits": [
                {"provider": _NURSE, "acts": ["425110"], "care_time": "0815", "reading": _READING},
                {"provider": _NURSE, "acts": ["423054"], "care_time": "1830"},
            ],
        }
    ],
}

_DRAFT: Final = InvoiceBatch(
    id=_BATCH_ID,
    client_id="example",
    practice_id=f"prc_{_ULID}",
    registration_id=f"reg_{_ULID}",
    month=Month(2026, 11),
    insurer="100",
    payer=Nihii(_NURSE),
    status=ExchangeStatus.DRAFT,
    created_at=NOW,
    updated_at=NOW,
    client_ref="november-100",
)
_SUMS: Final = BatchSums(claims=1, lines=1, insurer_amount=480, copayment=120, open_amount=480)
_SENT: Final = _DRAFT.released(number=17, year=2026, at=NOW + timedelta(minutes=5)).moved(
    ExchangeStatus.SENT,
    at=NOW + timedelta(minutes=5),
    sent_at=NOW + timedelta(minutes=5),
    sender_reference="26112207150001",
    exchange_id=f"exc_{_ULID}",
    operation_id=f"op_{_ULID}",
)
_RUNNING: Final = Operation(
    id=f"op_{_ULID}",
    kind=OperationKind.INVOICE_BATCH_SUBMISSION,
    client_id="example",
    status=OperationStatus.QUEUED,
    created_at=NOW,
    updated_at=NOW,
    steps=2,
)


def _claim() -> Claim:
    draft = claim_of(InvoiceClaimRequest.model_validate(CLAIM_REQUEST))
    lines = [care.line for care in draft.care if isinstance(care, ActDraft)]
    claim = Claim(
        id=f"clm_{_ULID}",
        batch_id=_BATCH_ID,
        patient=draft.patient,
        ct1=draft.ct1,
        ct2=draft.ct2,
        lines=(),
        created_at=NOW,
        updated_at=NOW,
        client_ref=draft.client_ref,
    )
    return claim.with_lines(lines, at=NOW)


_PAGE: Final = Page.model_validate(PAGE)
_FOUND: Final = Validation(
    batch=(),
    claims=(
        ClaimFindings(
            claim_id=f"clm_{_ULID}",
            position=0,
            findings=(
                ClaimFinding(
                    pointer="/lines/0/prescribed_on",
                    code="prescription_after_act",
                    record="50",
                    zone="20,21",
                ),
            ),
        ),
    ),
    errors=1,
    warnings=0,
    wrong_claims=1,
)
_FILE: Final = DryRun(
    length=1977,
    records=(
        ExplainedRecord(
            kind="50",
            title="act",
            record=3,
            position=928,
            zones=(
                ExplainedZone(
                    number="20,21",
                    title="date of prescription",
                    start=100,
                    length=8,
                    raw="20261030",
                    meaning="2026-10-30",
                    is_reserve=False,
                ),
            ),
        ),
    ),
    total=7,
)

BATCH: Final[dict[str, Any]] = shown(batch_resource(BatchView(batch=_DRAFT, sums=_SUMS), LANGUAGE))
SENT: Final[dict[str, Any]] = shown(batch_resource(BatchView(batch=_SENT, sums=_SUMS), LANGUAGE))
CLAIM: Final[dict[str, Any]] = shown(claim_resource(_claim(), LANGUAGE))
CREDIT_NOTE: Final[dict[str, Any]] = shown(
    InvoiceCreditNoteResource(
        object="invoice_credit_note",
        invoice_batch_id=_BATCH_ID,
        items=[claim_resource(_claim(), LANGUAGE)],
    )
)
VALIDATION: Final[dict[str, Any]] = shown(validation_of(_BATCH_ID, _FOUND, _PAGE, LANGUAGE))
PREVIEW: Final[dict[str, Any]] = shown(preview_of(_BATCH_ID, _FILE, _PAGE, LANGUAGE))
OPERATION: Final[dict[str, Any]] = shown(operation_resource(_RUNNING, LANGUAGE))
