"""Examples of batches and exchanges in the OpenAPI document, made by the models themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from api.examples import LANGUAGE, NISS, NOW, listed, shown
from api.models.batches import batch_resource, item_resource
from api.models.exchanges import (
    evidence_list,
    exchange_detail,
    exchange_resource,
    response_resource,
)
from api.models.operations import operation_resource
from bridge.domain.batches import (
    BatchCounts,
    BatchItem,
    BatchPurpose,
    InsurabilityBatch,
    ItemStatus,
)
from bridge.domain.exchanges import (
    Exchange,
    ExchangeStatus,
    ReceivedResponse,
    ResponseKind,
)
from bridge.domain.operations import Operation, OperationKind, OperationStatus
from bridge.ports.store import Evidence
from bridge.service.batches import BatchFacts
from bridge.service.history import ExchangeDetail

__all__ = [
    "BATCH",
    "BATCH_REQUEST",
    "EVIDENCE",
    "EXCHANGE",
    "EXCHANGE_DETAIL",
    "EXPORT",
    "FETCH",
    "ITEM",
    "NISS",
    "OPERATION",
    "REPORT",
    "RESPONSE",
    "listed",
]

_BATCH_ID: Final = "bat_01JD3W7V7Q0M2N4Z8K5T6R1S9B"
_EXCHANGE_ID: Final = "exc_01JD3W7V7Q0M2N4Z8K5T6R1S9X"
_OPERATION = Operation(
    id="op_01JD3W7V7Q0M2N4Z8K5T6R1S9P",
    kind=OperationKind.INSURABILITY_BATCH,
    client_id="example",
    status=OperationStatus.QUEUED,
    created_at=NOW,
    updated_at=NOW,
    steps=2,
)
_BATCH = InsurabilityBatch(
    id=_BATCH_ID,
    client_id="example",
    registration_id="reg_01JD3W7V7Q0M2N4Z8K5T6R1S9R",
    operation_id=_OPERATION.id,
    purpose=BatchPurpose.BILLING_MONTH,
    month="2026-11",
    created_at=NOW,
    updated_at=NOW,
    patients=1,
)
_EXCHANGE = Exchange(
    id=_EXCHANGE_ID,
    client_id="example",
    practice_id="",
    registration_id=_BATCH.registration_id,
    service="memberdata",
    kind="insurability_batch",
    insurer="300",
    input_reference="00000000000097",
    content_digest="",
    subject_id=_BATCH_ID,
    status=ExchangeStatus.SENT,
    created_at=NOW,
    updated_at=NOW,
    attempts=1,
    has_tack=True,
    sent_at=NOW,
)
_RECEIPT = ReceivedResponse(
    id="rsp_01JD3W7V7Q0M2N4Z8K5T6R1S9Q",
    exchange_id=_EXCHANGE_ID,
    registration_id=_BATCH.registration_id,
    service="memberdata",
    kind=ResponseKind.RECEIPT,
    message_name="TACK",
    identity="receipt",
    content_digest="",
    received_at=NOW,
    result="urn:nip:tack:result:major:success",
    confirmed_at=NOW,
)
_ITEM = BatchItem(
    id="itm_01JD3W7V7Q0M2N4Z8K5T6R1S9T",
    batch_id=_BATCH_ID,
    position=0,
    status=ItemStatus.TO_SEND,
    client_ref="patient-1",
    insurer="300",
    exchange_id=_EXCHANGE_ID,
)
_PIECE = Evidence(
    id="evi_01JD3W7V7Q0M2N4Z8K5T6R1S9V",
    subject_id=_EXCHANGE_ID,
    kind="request",
    media_type="text/xml",
    content=b"<soap:Envelope/>",
    created_at=NOW,
)

BATCH_REQUEST: Final = {
    "purpose": "billing_month",
    "month": "2026-11",
    "patients": [{"patient": {"niss": NISS}, "insurer": "300", "client_ref": "patient-1"}],
}
OPERATION: Final = shown(operation_resource(_OPERATION, LANGUAGE))
FETCH: Final = shown(
    operation_resource(
        replace(
            _OPERATION,
            kind=OperationKind.RESPONSE_FETCH,
            status=OperationStatus.WAITING_FOR_REMOTE,
            steps=1,
        ),
        LANGUAGE,
    )
)
EXPORT: Final = shown(
    operation_resource(replace(_OPERATION, kind=OperationKind.EXCHANGE_EXPORT, steps=1), LANGUAGE)
)
REPORT: Final = shown(
    operation_resource(replace(_OPERATION, kind=OperationKind.REPORT, steps=1), LANGUAGE)
)
RESPONSE: Final = shown(response_resource(_RECEIPT, LANGUAGE))
BATCH: Final = shown(
    batch_resource(
        BatchFacts(
            batch=_BATCH,
            counts=BatchCounts(by_status={ItemStatus.SENT: 1}),
            exchanges=[_EXCHANGE],
        )
    )
)
ITEM: Final = shown(item_resource(_ITEM, ItemStatus.SENT, LANGUAGE))
EXCHANGE: Final = shown(exchange_resource(_EXCHANGE, LANGUAGE))
EXCHANGE_DETAIL: Final = shown(
    exchange_detail(ExchangeDetail(exchange=_EXCHANGE, responses=[_RECEIPT]), LANGUAGE)
)
EVIDENCE: Final = shown(evidence_list([_PIECE]))
