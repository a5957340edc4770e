"""Claims of invoice batches: added in pages, replaced, deleted, credited (D16)."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path
from starlette.responses import Response

from api import invoice_examples as examples
from api.context import Context, ContextDep
from api.endpoints import Answer
from api.invoice_table import ACTED, BATCH, CHANGED, MADE, MINIMAL, VERSIONED, row
from api.merging import IfMatch, require_match
from api.models.invoice_batches import batch_path
from api.models.invoice_claims import (
    InvoiceClaimList,
    InvoiceClaimRequest,
    InvoiceClaimResource,
    InvoiceClaimsAdded,
    InvoiceClaimsRequest,
    InvoiceCreditNoteRequest,
    InvoiceCreditNoteResource,
    claim_of,
    claim_resource,
    claims_of,
)
from api.pages import DEFAULT_ITEMS, PARAMETERS, Cursor, Limit, PageRequest, frame, shown
from api.routes.invoice_batches import BatchId
from bridge.domain.claims import Claim

MOST_CLAIM_BYTES: Final = 20 * 1024 * 1024
"""Longest page of claims (*Local API security* 5, step 13)."""

ClaimId = Annotated[
    str,
    Path(description="Identifier of a claim.", max_length=64, examples=["clm_01JD3W7V7Q"]),
]


async def add_claims(
    batch_id: BatchId, body: InvoiceClaimsRequest, context: ContextDep
) -> Response:
    """Add a page of claims to a draft, all or none."""
    claims = await _added(context, batch_id, body)
    headers = {"Location": f"{batch_path(batch_id)}/claims"}
    if context.call.preferences.is_minimal:
        return context.minimal(201, headers)
    items = [claim_resource(each, context.call.language) for each in claims]
    return context.answer(InvoiceClaimsAdded(items=items), status=201, headers=headers)


async def _added(context: Context, batch_id: str, body: InvoiceClaimsRequest) -> list[Claim]:
    """Add claims; the key of an earlier request gives the same ones again (API-33)."""
    batches, client = context.services.invoice_batches, context.call.caller
    with context.keys.reserve(client.id, context.call.claim) as reservation:
        if reservation.earlier is None:
            claims = await batches.add_claims(batch_id, claims_of(body), client=client)
            reservation.made = f"{claims[0].position}-{claims[-1].position}"
            return claims
        first, last = (int(each) for each in reservation.earlier.split("-"))
        found, _ = await batches.claims(
            batch_id, client=client, after=first - 1, limit=last - first + 1
        )
        return [each for each in found if each.position <= last]


async def list_claims(
    batch_id: BatchId, context: ContextDep, limit: Limit = DEFAULT_ITEMS, cursor: Cursor = None
) -> Response:
    """List the claims of a batch in their order."""
    wanted = PageRequest.of(context, limit=limit, cursor=cursor, parameters={"batch_id": batch_id})
    found, total = await context.services.invoice_batches.claims(
        batch_id,
        client=context.call.caller,
        after=-1 if wanted.after is None else int(wanted.after),
        limit=wanted.limit + 1,
    )
    kept = shown(found, lambda each: str(each.position), wanted)
    framed = frame(wanted, more_after=kept.more_after, total=total, sort="position")
    items = [claim_resource(each, context.call.language) for each in kept.items]
    model = InvoiceClaimList(items=items, page=framed.page, query=framed.query)
    return context.answer(model, headers=framed.headers)


async def get_claim(batch_id: BatchId, claim_id: ClaimId, context: ContextDep) -> Response:
    """Show a claim."""
    found = await _read(context, batch_id, claim_id)
    return context.answer(claim_resource(found, context.call.language))


async def replace_claim(
    batch_id: BatchId,
    claim_id: ClaimId,
    body: InvoiceClaimRequest,
    context: ContextDep,
    if_match: IfMatch = None,
) -> Response:
    """Replace the version of a claim that the caller has read."""
    current = await _read(context, batch_id, claim_id)
    require_match(if_match, claim_resource(current, context.call.language))
    changed = await context.services.invoice_batches.change_claim(
        batch_id, claim_of(body), expected=current, client=context.call.caller
    )
    if context.call.preferences.is_minimal:
        return context.minimal(204)
    return context.answer(claim_resource(changed, context.call.language))


async def remove_claim(batch_id: BatchId, claim_id: ClaimId, context: ContextDep) -> Response:
    """Take a claim out of a draft."""
    await context.services.invoice_batches.remove_claim(
        batch_id, claim_id, client=context.call.caller
    )
    return Response(status_code=204)


async def credit_claim(
    batch_id: BatchId, claim_id: ClaimId, body: InvoiceCreditNoteRequest, context: ContextDep
) -> Response:
    """Take paid acts back by a credit note in the next draft."""
    draft_id, claims = await _credited(context, batch_id, claim_id, body)
    headers = {"Location": batch_path(draft_id)}
    if context.call.preferences.is_minimal:
        return context.minimal(201, headers)
    model = InvoiceCreditNoteResource(
        object="invoice_credit_note",
        invoice_batch_id=draft_id,
        items=[claim_resource(each, context.call.language) for each in claims],
    )
    return context.answer(model, status=201, headers=headers)


async def _credited(
    context: Context, batch_id: str, claim_id: str, body: InvoiceCreditNoteRequest
) -> tuple[str, list[Claim]]:
    """Take acts back; the key of an earlier request gives the same credit note again (API-33)."""
    await _read(context, batch_id, claim_id)
    client = context.call.caller
    with context.keys.reserve(client.id, context.call.claim) as reservation:
        if reservation.earlier is None:
            taken = await context.services.invoice_follow_ups.take_back(
                claim_id,
                client=client,
                references=body.references,
                is_invoiced_anew=body.is_invoiced_anew,
            )
            names = [taken.draft.id, *(each.id for each in taken.claims)]
            reservation.made = " ".join(names)
            return taken.draft.id, list(taken.claims)
        draft_id, *claim_ids = reservation.earlier.split()
        return draft_id, [await _read(context, draft_id, each) for each in claim_ids]


async def _read(context: Context, batch_id: str, claim_id: str) -> Claim:
    return await context.services.invoice_batches.claim(
        batch_id, claim_id, client=context.call.caller
    )


_CLAIM: Final = "/{batch_id}/claims/{claim_id}"

ENDPOINTS: Final = (
    row(
        "POST",
        BATCH + "/claims",
        operation_id="add_invoice_claims",
        summary="Add claims to an invoice batch",
        description=(
            "Up to 1 000 acts and days at a time, all or none; large batches are built in pages "
            "(D16). Each claim is the invoice of one patient. A day with a lump sum is given in "
            "visits; its statistical lines are made by themselves. Amounts that are left out "
            "come from the loaded tariffs."
        ),
        handler=add_claims,
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
                headers=MADE,
            ),
        },
        problems=CHANGED,
    ),
    row(
        "GET",
        BATCH + "/claims",
        operation_id="list_invoice_claims",
        summary="List the claims of an invoice batch",
        description="In their order, with what became of each act once there is an answer.",
        handler=list_claims,
        query=PARAMETERS,
        answers={
            200: Answer(
                description="A page of ",
                model=InvoiceClaimList,
                example=examples.listed(examples.CLAIM, sort="position"),
                headers=("Link",),
            ),
        },
        problems=("not_found",),
    ),
    row(
        "GET",
        _CLAIM,
        operation_id="get_invoice_claim",
        summary="Show a claim",
        description="With its acts, their results, and their errors at their zones.",
        handler=get_claim,
        answers={
            200: Answer(
                description="The claim.", model=InvoiceClaimResource, example=examples.CLAIM
            ),
        },
        problems=("not_found",),
    ),
    row(
        "PUT",
        _CLAIM,
        operation_id="update_invoice_claim",
        summary="Replace a claim",
        description=(
            "The version named in `If-Match` (API-17); drafts only. An act that repeats a "
            "refused one still does when it keeps its reference."
        ),
        handler=replace_claim,
        most_body_bytes=MOST_CLAIM_BYTES,
        request_examples={"one_act": examples.CLAIM_REQUEST},
        answers={
            200: Answer(
                description="The claim as it is now.",
                model=InvoiceClaimResource,
                example=examples.CLAIM,
            ),
            204: MINIMAL,
        },
        problems=VERSIONED,
    ),
    row(
        "DELETE",
        _CLAIM,
        operation_id="delete_invoice_claim",
        summary="Take a claim out of an invoice batch",
        description="Drafts only.",
        handler=remove_claim,
        answers={204: Answer(description="It is gone.")},
        problems=CHANGED,
    ),
    row(
        "POST",
        _CLAIM + "/credit-note",
        operation_id="create_invoice_credit_note",
        summary="Take paid acts back",
        description=(
            "A credit note in the next draft for the insurer, and with `is_invoiced_anew` the "
            "acts once more, to be put right there. A day with a lump sum is taken back whole."
        ),
        handler=credit_claim,
        request_examples={
            "all": {},
            "one_act_anew": {"references": ["A26112207150001"], "is_invoiced_anew": True},
        },
        answers={
            201: Answer(
                description="What waits in the draft.",
                model=InvoiceCreditNoteResource,
                example=examples.CREDIT_NOTE,
                headers=MADE,
            ),
        },
        problems=(*ACTED, "nothing_to_credit"),
    ),
)
"""Rows of the endpoint table."""
