"""The tree of billing: patient, treatment or estimate, invoices with their sign."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Query
from starlette.responses import Response

from api import billing_examples as examples
from api.billing_query import TREE_FILTERS, BillingTreeQuery, invoices_of
from api.context import ContextDep
from api.endpoints import Answer, Endpoint
from api.examples import listed
from api.filtered import asked_page, framed_page
from api.models.billing_views import (
    TREE_PATH,
    BillingTree,
    BillingTreeRefreshed,
    BillingTreeRefreshRequest,
    refreshed_of,
    tree_patient,
)
from api.pages import MOST_ITEMS, PARAMETERS
from api.routes.billing_invoices import REMOTE
from api.routes.billing_services import SINCE


async def list_billing_tree(
    context: ContextDep, asked: Annotated[BillingTreeQuery, Query()]
) -> Response:
    """Draw the tree."""
    wanted = asked_page(context, asked, TREE_FILTERS)
    found = await context.services.billing_look.tree(
        invoices_of(context.query),
        client=context.call.caller,
        limit=wanted.limit + 1,
        after=wanted.after,
    )
    kept, framed = framed_page(
        context,
        wanted,
        found,
        key=lambda each: each.patient_ref,
        sort="patient_ref",
        filters=TREE_FILTERS,
    )
    items = [tree_patient(each, context.call.language, with_patient=True) for each in kept]
    model = BillingTree(items=items, page=framed.page, query=framed.query)
    return context.answer(model, headers=framed.headers)


async def refresh_billing_tree(body: BillingTreeRefreshRequest, context: ContextDep) -> Response:
    """Ask the service about the unsettled invoices of a branch, and draw it."""
    wanted, client = refreshed_of(body), context.call.caller
    look = context.services.billing_look
    fetched_at = await look.refresh(wanted, client=client)
    found, _ = await look.tree(wanted, client=client, limit=MOST_ITEMS, after=None)
    items = [tree_patient(each, context.call.language, with_patient=False) for each in found]
    return context.answer(BillingTreeRefreshed(fetched_at=fetched_at, items=items))


_SCOPES: Final = ("billing:read",)

ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path=TREE_PATH,
        operation_id="list_billing_tree",
        tag="billing",
        summary="Show patients with their invoices as a tree",
        description=(
            "Patient, then treatment or estimate, then invoices with the sign of their state; "
            "`treatment_ref` gives the part of one treatment. No names without `fields=*,patient`."
        ),
        handler=list_billing_tree,
        scopes=_SCOPES,
        query=(*PARAMETERS, *TREE_FILTERS),
        answers={
            200: Answer(
                description="A page of patients.",
                model=BillingTree,
                example=listed(examples.TREE_PATIENT, sort="patient_ref"),
                headers=("Link",),
            ),
        },
        since=SINCE,
    ),
    Endpoint(
        method="POST",
        path=TREE_PATH + "/refresh",
        operation_id="read_billing_tree_anew",
        tag="billing",
        summary="Refresh a branch of the tree",
        description=(
            "Asks the service now about the unsettled invoices of one treatment or estimate, at "
            "most 50, and gives that part of the tree."
        ),
        handler=refresh_billing_tree,
        scopes=_SCOPES,
        idempotency="accepted",
        request_examples={"treatment": {"treatment_ref": "treatment-1"}},
        answers={
            200: Answer(
                description="The branch as it is now.",
                model=BillingTreeRefreshed,
                example=examples.REFRESHED,
            ),
        },
        problems=("actor_not_allowed", *REMOTE),
        since=SINCE,
    ),
)
"""Rows of the endpoint table."""
