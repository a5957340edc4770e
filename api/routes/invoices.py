"""Rows of the endpoint table for invoice batches and their claims."""

from __future__ import annotations

from typing import Any, Final

from api import invoice_examples as examples
from api.endpoints import Answer, Endpoint, Idempotency
from api.invoice_query import FILTERS
from api.models.invoice_batches import PATH, InvoiceBatchList, InvoiceBatchResource
from api.models.invoice_claims import (
    InvoiceClaimList,
    InvoiceClaimResource,
    InvoiceClaimsAdded,
    InvoiceCreditNoteResource,
)
from api.models.invoice_findings import InvoiceBatchValidation, InvoiceFilePreview
from api.models.operations import OperationResource
from api.pages import PARAMETERS
from api.routes import invoice_batches as batches
from api.routes import invoice_claims as claims

SINCE: Final = "1.8"
MOST_CLAIM_BYTES: Final = 20 * 1024 * 1024
"""Longest page of claims (*Local API security* 5, step 13)."""

_BATCH: Final = "/{batch_id}"
_CLAIM: Final = "/{batch_id}/claims/{claim_id}"
_STORED: Final = ("not_found", "storage_unavailable")
_CHANGED: Final = (*_STORED, "already_sent")
_VERSIONED: Final = (*_CHANGED, "precondition_required", "precondition_failed")
_ONE_PAGE: Final = {"first": {}, "next": {"limit": 100, "cursor": "eyJhZnRlciI6MX0"}}
_MINIMAL: Final = Answer(description="Changed; with `Prefer: return=minimal`.")
_MADE: Final = ("Location", "Preference-Applied")


def _row(method: str, path: str, **members: Any) -> Endpoint:
    idempotency: Idempotency | None = "accepted" if method == "POST" else None
    chosen = {
        "scopes": ("invoices:send",),
        "idempotency": idempotency,
        "tag": "invoice_batches",
        "since": SINCE,
        **members,
    }
    return Endpoint(method=method, path=PATH + path, **chosen)


def _draft(description: str) -> Answer:
    return Answer(
        description=description,
        model=InvoiceBatchResource,
        example=examples.BATCH,
        headers=_MADE,
    )


_BATCHES: Final = (
    _row(
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
        problems=(*_STORED, "registration_missing"),
    ),
    _row(
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
    _row(
        "GET",
        _BATCH,
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
    _row(
        "PATCH",
        _BATCH,
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
            204: _MINIMAL,
        },
        problems=_VERSIONED,
    ),
    _row(
        "DELETE",
        _BATCH,
        operation_id="delete_invoice_batch",
        summary="Delete an invoice batch",
        description="Drafts only, with their claims; what was released stays in the history.",
        handler=batches.remove_batch,
        answers={204: Answer(description="It is gone.")},
        problems=_CHANGED,
    ),
)

_CLAIMS: Final = (
    _row(
        "POST",
        _BATCH + "/claims",
        operation_id="add_invoice_claims",
        summary="Add claims to an invoice batch",
        description=(
            "Up to 1 000 acts and days at a time, all or none; large batches are built in pages "
            "(D16). Each claim is the invoice of one patient. A day with a lump sum is given in "
            "visits; its statistical lines are made by themselves. Amounts that are left out "
            "come from the loaded tariffs."
        ),
        handler=claims.add_claims,
        most_body_bytes=MOST_CLAIM_BYTES,
        request_examples={
            "one_act": {"claims": [examples.CLAIM_REQUEST]},
            "lump_sum": {"claims": [examples.LUMP_SUM_CLAIM_REQUEST]},
        },
        answers={
            201: Answer(
                description="The claims that were added.",
                model=InvoiceClaimsAdded,
                example={"items": [examples.CLAIM]},
                headers=_MADE,
            ),
        },
        problems=_CHANGED,
    ),
    _row(
        "GET",
        _BATCH + "/claims",
        operation_id="list_invoice_claims",
        summary="List the claims of an invoice batch",
        description="In their order, with what became of each act once there is an answer.",
        handler=claims.list_claims,
        query=PARAMETERS,
        answers={
            200: Answer(
                description="A page of claims.",
                model=InvoiceClaimList,
                example=examples.listed(examples.CLAIM, sort="position"),
                headers=("Link",),
            ),
        },
        problems=("not_found",),
    ),
    _row(
        "GET",
        _CLAIM,
        operation_id="get_invoice_claim",
        summary="Show a claim",
        description="With its acts, their results, and their errors at their zones.",
        handler=claims.get_claim,
        answers={
            200: Answer(
                description="The claim.", model=InvoiceClaimResource, example=examples.CLAIM
            ),
        },
        problems=("not_found",),
    ),
    _row(
        "PUT",
        _CLAIM,
        operation_id="update_invoice_claim",
        summary="Replace a claim",
        description=(
            "The version named in `If-Match` (API-17); drafts only. An act that repeats a "
            "refused one still does when it keeps its reference."
        ),
        handler=claims.replace_claim,
        most_body_bytes=MOST_CLAIM_BYTES,
        request_examples={"one_act": examples.CLAIM_REQUEST},
        answers={
            200: Answer(
                description="The claim as it is now.",
                model=InvoiceClaimResource,
                example=examples.CLAIM,
            ),
            204: _MINIMAL,
        },
        problems=_VERSIONED,
    ),
    _row(
        "DELETE",
        _CLAIM,
        operation_id="delete_invoice_claim",
        summary="Take a claim out of an invoice batch",
        description="Drafts only.",
        handler=claims.remove_claim,
        answers={204: Answer(description="It is gone.")},
        problems=_CHANGED,
    ),
    _row(
        "POST",
        _CLAIM + "/credit-note",
        operation_id="create_invoice_credit_note",
        summary="Take paid acts back",
        description=(
            "A credit note in the next draft for the insurer, and with `is_invoiced_anew` the "
            "acts once more, to be put right there. A day with a lump sum is taken back whole."
        ),
        handler=claims.credit_claim,
        request_examples={
            "all": {},
            "one_act_anew": {"references": ["A26112207150001"], "is_invoiced_anew": True},
        },
        answers={
            201: Answer(
                description="What waits in the draft.",
                model=InvoiceCreditNoteResource,
                example=examples.CREDIT_NOTE,
                headers=_MADE,
            ),
        },
        problems=(*_STORED, "nothing_to_credit"),
    ),
)

_SENDING: Final = (
    _row(
        "POST",
        _BATCH + "/validation",
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
    _row(
        "POST",
        _BATCH + "/file-preview",
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
    _row(
        "POST",
        _BATCH + "/submission",
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
            *_CHANGED,
            "not_submittable",
            "duplicate_suspected",
            "precondition_failed",
            "sending_numbers_used_up",
            "invoice_numbers_used_up",
            "ehealth_session_required",
            "ehealth_session_expired",
        ),
    ),
    _row(
        "POST",
        _BATCH + "/cancellation",
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
        problems=(*_STORED, "state_not_allowed", "already_sent", "operation_final"),
    ),
    _row(
        "POST",
        _BATCH + "/resending",
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
        problems=(*_STORED, "state_not_allowed", "correction_exists"),
    ),
)

ENDPOINTS: Final = (*_BATCHES, *_CLAIMS, *_SENDING)
"""Rows of the endpoint table."""
