"""Rows of the endpoint table for invoice batches."""

from __future__ import annotations

from typing import Final

from api import invoice_examples as examples
from api.endpoints import Answer
from api.invoice_query import FILTERS
from api.invoice_table import ACTED, BATCH, CHANGED, MADE, MINIMAL, STORED, VERSIONED, row
from api.models.invoice_batches import (
    InvoiceBatchesMarked,
    InvoiceBatchList,
    InvoiceBatchResource,
)
from api.models.invoice_findings import InvoiceBatchValidation, InvoiceFilePreview
from api.models.operations import OperationResource
from api.pages import PARAMETERS
from api.routes import invoice_batches as batches

_ONE_PAGE: Final = {"first": {}, "next": {"limit": 100, "cursor": "eyJhZnRlciI6MX0"}}


def _draft(description: str) -> Answer:
    return Answer(
        description=description,
        model=InvoiceBatchResource,
        example=examples.BATCH,
        headers=MADE,
    )


_BATCHES: Final = (
    row(
        "POST",
        "",
        operation_id="create_invoice_batch",
        summary="Begin an invoice batch",
        description=(
            "A draft for one month, one registration and one insurer. Claims are added in pages; "
            "nothing leaves before its submission."
        ),
        handler=batches.create_batch,
        request_examples={"one_union": examples.BATCH_REQUEST},
        answers={201: _draft("The draft.")},
        problems=(*ACTED, "registration_missing"),
    ),
    row(
        "GET",
        "",
        operation_id="list_invoice_batches",
        summary="List invoice batches",
        description=(
            "The caller's own, newest first, or all with the scope `history:read-all` (D13). "
            "Everything combines with AND; an unknown parameter is refused."
        ),
        handler=batches.list_batches,
        query=(*PARAMETERS, *FILTERS),
        answers={
            200: Answer(
                description="A page of batches.",
                model=InvoiceBatchList,
                example=examples.listed(examples.SENT, sort="-id"),
                headers=("Link",),
            ),
        },
    ),
    row(
        "GET",
        BATCH,
        operation_id="get_invoice_batch",
        summary="Show an invoice batch",
        description="With its sums, every decision, and where to go on.",
        handler=batches.get_batch,
        answers={
            200: Answer(
                description="The batch.", model=InvoiceBatchResource, example=examples.SENT
            ),
        },
        problems=("not_found",),
    ),
    row(
        "PATCH",
        BATCH,
        operation_id="update_invoice_batch",
        summary="Change an invoice batch",
        description=(
            "JSON Merge Patch on the version named in `If-Match` (API-17); drafts only. "
            "Insurer and registration stay."
        ),
        handler=batches.change_batch,
        request_examples={"month": {"month": "2026-10"}},
        answers={
            200: Answer(
                description="The draft as it is now.",
                model=InvoiceBatchResource,
                example=examples.BATCH,
            ),
            204: MINIMAL,
        },
        problems=VERSIONED,
    ),
    row(
        "DELETE",
        BATCH,
        operation_id="delete_invoice_batch",
        summary="Delete an invoice batch",
        description="Drafts only, with their claims; what was released stays in the history.",
        handler=batches.remove_batch,
        answers={204: Answer(description="It is gone.")},
        problems=CHANGED,
    ),
)

_SENDING: Final = (
    row(
        "POST",
        BATCH + "/validation",
        operation_id="create_invoice_batch_validation",
        summary="Check an invoice batch",
        description=(
            "What speaks against sending a draft, claim by claim and zone by zone. The whole "
            "batch is looked at; claims with findings come in pages."
        ),
        handler=batches.validate_batch,
        request_examples=_ONE_PAGE,
        answers={
            200: Answer(
                description="The findings.",
                model=InvoiceBatchValidation,
                example=examples.VALIDATION,
            ),
        },
        problems=(
            "not_found",
            "already_sent",
            "cursor_invalid",
            "cursor_mismatch",
            "cursor_expired",
        ),
    ),
    row(
        "POST",
        BATCH + "/file-preview",
        operation_id="create_invoice_file_preview",
        summary="Show the file of an invoice batch",
        description=(
            "The file as it would be written today, record by record and zone by zone, in pages. "
            "Nothing is sent, and numbers that are given at the release stay free."
        ),
        handler=batches.preview_file,
        request_examples=_ONE_PAGE,
        answers={
            200: Answer(
                description="A page of the file.",
                model=InvoiceFilePreview,
                example=examples.PREVIEW,
            ),
        },
        problems=(
            "not_found",
            "already_sent",
            "cursor_invalid",
            "cursor_mismatch",
            "cursor_expired",
        ),
    ),
    row(
        "POST",
        BATCH + "/submission",
        operation_id="create_invoice_batch_submission",
        summary="Send an invoice batch",
        description=(
            "A person releases the draft: it gets its sending number and its file. With an error "
            "finding it stays a draft (D18). An Idempotency-Key is required."
        ),
        handler=batches.submit_batch,
        idempotency="required",
        request_examples={"now": {}, "with_the_next_session": {"hold_until_session": True}},
        answers={
            202: Answer(
                description="The operation to follow.",
                model=OperationResource,
                example=examples.OPERATION,
                headers=("Location", "Retry-After", "Idempotency-Replayed"),
            ),
            201: Answer(
                description="The platform took the file over.",
                model=InvoiceBatchResource,
                example=examples.SENT,
                headers=("Location", "Preference-Applied", "Idempotency-Replayed"),
            ),
        },
        problems=(
            *CHANGED,
            "not_submittable",
            "duplicate_suspected",
            "precondition_failed",
            "sending_numbers_used_up",
            "invoice_numbers_used_up",
            "ehealth_session_required",
            "ehealth_session_expired",
        ),
    ),
    row(
        "POST",
        BATCH + "/cancellation",
        operation_id="create_invoice_batch_cancellation",
        summary="Take a release back",
        description=(
            "While nothing has left, such as when it waits for a session. The batch is a draft "
            "again and keeps its sending number, so that the numbers have no gap."
        ),
        handler=batches.cancel_batch,
        request_examples={"empty": {}},
        answers={
            200: Answer(
                description="The draft as it is now.",
                model=InvoiceBatchResource,
                example=examples.BATCH,
            ),
        },
        problems=(*STORED, "state_not_allowed", "already_sent", "operation_final"),
    ),
    row(
        "POST",
        BATCH + "/resending",
        operation_id="create_invoice_batch_resending",
        summary="Repeat an invoice batch",
        description=(
            "A draft of what was refused as a whole, with all its acts under new references, to "
            "be corrected and sent under a new sending number. What never reached the insurer "
            "becomes a draft itself and keeps its number."
        ),
        handler=batches.resend_batch,
        request_examples={"empty": {}},
        answers={201: _draft("The draft.")},
        problems=(*ACTED, "state_not_allowed", "correction_exists"),
    ),
)

_MARKING: Final = row(
    "POST",
    "/marks",
    operation_id="mark_invoice_batches",
    summary="Mark invoice batches",
    description=(
        "Read, processed, archived, or back; all or none. Archiving needs the mark `processed` "
        "first (D20). Working a settlement off marks its batch by itself."
    ),
    handler=batches.mark_batches,
    scopes=("history:mark",),
    request_examples={
        "one": {"invoice_batch_ids": [examples.BATCH["id"]], "mark": "processed"},
    },
    answers={
        200: Answer(
            description="The batches as they are now.",
            model=InvoiceBatchesMarked,
            example={"items": [examples.SENT]},
        ),
    },
    problems=(*ACTED, "not_processed"),
)

ENDPOINTS: Final = (_MARKING, *_BATCHES, *_SENDING)
"""Rows of the endpoint table."""
