"""Everything that user rights are asked for, as requests; the resources they name are kept here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from api.app import PRODUCTION_ENDPOINTS
from api.endpoints import Endpoint
from bridge.domain.batches import BatchPurpose, InsurabilityBatch
from bridge.domain.billing import BillingPosition, BillingState
from bridge.domain.rights import MessageKind, Right
from bridge.domain.worklists import WorkList, WorkRow
from tests.support import billing, care, invoices, stores

NEEDS_RIGHT: Final = {
    endpoint.operation_id: endpoint
    for endpoint in PRODUCTION_ENDPOINTS
    if "actor_not_allowed" in endpoint.problems
}
"""What says that it asks for rights; a new one needs a row of the plan."""

_K: Final = MessageKind
BATCH_ID: Final = "bat_01JD3W7V7Q0M2N4Z8K5T6R1S9A"
ROW_ID: Final = "wrk_01JD3W7V7Q0M2N4Z8K5T6R1S9A"
INVOICES, CLAIM, SETTLEMENT = invoices.batch(), invoices.claim(), invoices.settlement()
UPDATE: Final = care.descoring(7)
CONTENTS: Final = (
    (_K.KATZ, "katz", care.KATZ),
    (_K.PALLIATIVE, "palliative", care.PALLIATIVE),
    (_K.TECHNICAL_ACT, "technical_act", care.TECHNICAL),
)
DRAFTS: Final = {
    kind: care.declaration(place, content) for place, (kind, _, content) in enumerate(CONTENTS, 1)
}
SENT: Final = {
    kind: care.sent(place, content, exchange_id=care.message(place).id)
    for place, (kind, _, content) in enumerate(CONTENTS, 11)
}
BILLED: Final = billing.invoice(1, position=BillingPosition(state=BillingState.OPEN))
MESSAGES: Final = {
    **{kind: care.message(place) for place, kind in enumerate(SENT, 11)},
    _K.INSURABILITY: care.message(21, service="memberdata", kind="insurability_batch"),
    _K.INVOICES: care.message(22, service="invoicing", kind="invoice_batch"),
    _K.BILLING_INVOICES: care.message(
        23, service="billing", kind="billing_invoice", subject_id=BILLED.id
    ),
}
_SERVICES: Final = {
    _K.INSURABILITY: "memberdata",
    _K.KATZ: "medadmin",
    _K.PALLIATIVE: "medadmin",
    _K.TECHNICAL_ACT: "medadmin",
    _K.INVOICES: "invoicing",
}


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One request, and the right it needs."""

    operation_id: str
    right: Right
    kind: MessageKind
    path: str
    body: Any

    @property
    def registration_id(self) -> str | None:
        """The registration it is about; ``None`` for the one everything else belongs to."""
        return BILLED.service_id if self.kind is MessageKind.BILLING_INVOICES else None

    @property
    def endpoint(self) -> Endpoint:
        return NEEDS_RIGHT[self.operation_id]

    @property
    def cell(self) -> tuple[Right, MessageKind]:
        return self.right, self.kind


def attempts() -> list[Attempt]:
    """Give an attempt at least for each address that asks for rights, and for each cell."""
    return [*_insurability(), *_care(), *_changes(), *_invoices(), *_billing(), *_messages()]


def _attempt(name: str, right: Right, kind: MessageKind, body: Any = None, **parts: str) -> Attempt:
    endpoint = NEEDS_RIGHT[name]
    example = next(iter(endpoint.request_examples.values()), None)
    return Attempt(
        operation_id=name,
        right=right,
        kind=kind,
        path=endpoint.path.format(**parts),
        body=example if body is None else body,
    )


def _insurability() -> Iterator[Attempt]:
    kind, row = _K.INSURABILITY, {"work_list": "new_patients", "row_id": ROW_ID}
    yield _attempt("create_insurability_check", Right.ASK, kind)
    yield _attempt("create_work_list_rows", Right.ASK, kind, work_list="new_patients")
    yield _attempt("update_work_list_row", Right.ASK, kind, **row)
    yield _attempt("delete_work_list_row", Right.ASK, kind, **row)
    yield _attempt("create_insurability_batch", Right.SEND, kind)
    yield _attempt(
        "create_work_list_submission",
        Right.SEND,
        kind,
        {"row_ids": [ROW_ID], "hold_until_session": True},
        work_list="new_patients",
    )
    yield _attempt("mark_insurability_batch_items", Right.PROCESS, kind, batch_id=BATCH_ID)


def _care() -> Iterator[Attempt]:
    for kind, name, _ in CONTENTS:
        one = {"declaration_id": DRAFTS[kind].id}
        noun = f"{name}_declaration"
        yield _attempt(f"create_{noun}", Right.ASK, kind)
        yield _attempt(f"update_{noun}", Right.ASK, kind, **one)
        yield _attempt(f"delete_{noun}", Right.ASK, kind, **one)
        yield _attempt(f"create_{noun}_correction", Right.ASK, kind, **one)
        yield _attempt(f"create_{noun}_submission", Right.SEND, kind, **one)
        together = {"declaration_ids": [each.id for each in DRAFTS.values()]}
        yield _attempt("create_declaration_submission", Right.SEND, kind, together)
        for mark, right in (("unprocessed", Right.PROCESS), ("archived", Right.ARCHIVE)):
            body = {"declaration_ids": [DRAFTS[kind].id], "mark": mark}
            yield _attempt(f"mark_{noun}s", right, kind, body)
    katz = {"declaration_id": DRAFTS[_K.KATZ].id}
    yield _attempt("create_katz_declaration_closure", Right.ASK, _K.KATZ, **katz)


def _changes() -> Iterator[Attempt]:
    one, kind = {"update_id": UPDATE.id}, _K.KATZ
    body = {"declaration_id": SENT[kind].id}
    yield _attempt("set_care_update_declaration", Right.PROCESS, kind, body, **one)
    yield _attempt("mark_care_update_steps", Right.PROCESS, kind, **one)
    for mark, right in (("processed", Right.PROCESS), ("archived", Right.ARCHIVE)):
        yield _attempt("mark_care_updates", right, kind, {"update_ids": [UPDATE.id], "mark": mark})


def _invoices() -> Iterator[Attempt]:
    kind, batch = _K.INVOICES, {"batch_id": INVOICES.id}
    claim = {**batch, "claim_id": CLAIM.id}
    yield _attempt("create_invoice_batch", Right.ASK, kind)
    yield _attempt("update_invoice_batch", Right.ASK, kind, **batch)
    yield _attempt("delete_invoice_batch", Right.ASK, kind, **batch)
    yield _attempt("create_invoice_batch_resending", Right.ASK, kind, **batch)
    yield _attempt("add_invoice_claims", Right.ASK, kind, **batch)
    yield _attempt("update_invoice_claim", Right.ASK, kind, **claim)
    yield _attempt("delete_invoice_claim", Right.ASK, kind, **claim)
    yield _attempt("create_invoice_credit_note", Right.ASK, kind, **claim)
    yield _attempt("create_invoice_batch_submission", Right.SEND, kind, **batch)
    settlement = {"settlement_id": SETTLEMENT.id}
    yield _attempt("create_settlement_processing", Right.PROCESS, kind, **settlement)
    for mark, right in (("processed", Right.PROCESS), ("archived", Right.ARCHIVE)):
        body = {"invoice_batch_ids": [INVOICES.id], "mark": mark}
        yield _attempt("mark_invoice_batches", right, kind, body)
        body = {"settlement_ids": [SETTLEMENT.id], "mark": mark}
        yield _attempt("mark_settlements", right, kind, body)


def _billing() -> Iterator[Attempt]:
    kind, service = _K.BILLING_INVOICES, BILLED.service_id
    example = next(iter(NEEDS_RIGHT["create_billing_invoice"].request_examples.values()))
    body = {**example, "billing_service_id": service}
    yield _attempt("create_billing_invoice", Right.SEND, kind, body)
    yield _attempt("get_billing_service_information", Right.ASK, kind, invoice_id=BILLED.id)
    branch = {"treatment_ref": BILLED.references.treatment_ref}
    yield _attempt("read_billing_tree_anew", Right.ASK, kind, branch)
    yield _attempt("read_billing_service_anew", Right.FETCH, kind, service_id=service)


def _messages() -> Iterator[Attempt]:
    for kind, message in MESSAGES.items():
        yield _attempt("resend_exchange", Right.SEND, kind, exchange_id=message.id)
        if kind in _SERVICES:
            mailbox = {"service": _SERVICES[kind]}
            yield _attempt("create_response_fetch", Right.FETCH, kind, mailbox)
        for mark, right in (("unprocessed", Right.PROCESS), ("archived", Right.ARCHIVE)):
            body = {"exchange_ids": [message.id], "mark": mark}
            yield _attempt("mark_exchanges", right, kind, body)


def keep_all(unit: Any, *, registration_id: str, client_id: str) -> None:
    """Keep what the attempts name, of one registration and one caller."""
    owned = {"registration_id": registration_id, "client_id": client_id}
    moments = {"created_at": care.NOW, "updated_at": care.NOW}
    operation = stores.operation()
    unit.operations.add(operation)
    unit.batches.add(
        InsurabilityBatch(
            id=BATCH_ID,
            operation_id=operation.id,
            purpose=BatchPurpose.NEW_PATIENTS,
            month=None,
            patients=0,
            **owned,
            **moments,
        ),
        [],
    )
    unit.work_lists.put(
        WorkRow(
            id=ROW_ID,
            list=WorkList.NEW_PATIENTS,
            client_ref="patient-1",
            practice_id="prc_1",
            given={"niss": "00000000097"},
            insurer="300",
            **owned,
            **moments,
        )
    )
    for message in MESSAGES.values():
        unit.exchanges.add(replace(message, **owned))
    for each in (*DRAFTS.values(), *SENT.values()):
        unit.declarations.put(replace(each, **owned))
    for table, kept in (
        (unit.care_updates, UPDATE),
        (unit.invoice_batches, INVOICES),
        (unit.settlements, SETTLEMENT),
    ):
        table.put(replace(kept, **owned))
    unit.claims.put([CLAIM])
    unit.billing_accounts.put(billing.account())
    unit.billing_invoices.put(replace(BILLED, client_id=client_id))
