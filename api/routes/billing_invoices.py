"""Invoices at billing services: sent, listed, followed, looked at (D14)."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path, Query
from starlette.responses import Response

from api import billing_examples as examples
from api.billing_query import (
    FILTERS,
    BillingInvoiceListQuery,
    BillingTotalsQuery,
    invoices_of,
)
from api.context import ContextDep
from api.endpoints import Answer, Endpoint
from api.examples import listed
from api.filtered import asked_page, framed_page
from api.following import answer_sent, claim_of
from api.models.billing_invoices import (
    MOST_BODY_BYTES,
    PATH,
    BillingInvoiceDetailResource,
    BillingInvoiceList,
    BillingInvoiceRequest,
    invoice_detail,
    invoice_path,
    invoice_resource,
    wanted_invoice,
)
from api.models.billing_views import (
    BillingServiceInformation,
    BillingTotals,
    live_information,
    totals_resource,
)
from api.models.common import AnswerModel
from api.models.operations import OperationResource
from api.pages import PARAMETERS
from api.routes.billing_services import SINCE

InvoiceId = Annotated[
    str,
    Path(
        description="Identifier of an invoice at a billing service.",
        max_length=64,
        examples=["bin_01JD3W7V7Q"],
    ),
]


async def create_billing_invoice(body: BillingInvoiceRequest, context: ContextDep) -> Response:
    """Send an invoice."""
    client, claim = context.call.caller, claim_of(context)
    invoices = context.services.billing_invoices
    wanted = wanted_invoice(body)
    with context.keys.reserve(client.id, claim):
        accepted = await invoices.send(wanted, client=client, claim=claim)

    async def made() -> tuple[AnswerModel, str]:
        invoice = await invoices.get(accepted.invoice.id, client=client)
        return invoice_detail(invoice, context.call.language), invoice_path(invoice.id)

    return await answer_sent(context, accepted.operation, is_replay=accepted.is_replay, made=made)


async def list_billing_invoices(
    context: ContextDep, asked: Annotated[BillingInvoiceListQuery, Query()]
) -> Response:
    """List invoices."""
    wanted = asked_page(context, asked, FILTERS)
    found = await context.services.billing_invoices.page(
        invoices_of(context.query),
        client=context.call.caller,
        limit=wanted.limit + 1,
        before_id=wanted.after,
    )
    kept, framed = framed_page(
        context, wanted, found, key=lambda invoice: invoice.id, sort="-id", filters=FILTERS
    )
    rows = [invoice_resource(each, context.call.language, with_patient=True) for each in kept]
    model = BillingInvoiceList(items=rows, page=framed.page, query=framed.query)
    return context.answer(model, headers=framed.headers)


async def get_billing_totals(
    context: ContextDep, _asked: Annotated[BillingTotalsQuery, Query()]
) -> Response:
    """Sum up invoices per state."""
    totals = await context.services.billing_invoices.totals(
        invoices_of(context.query), client=context.call.caller
    )
    return context.answer(totals_resource(totals, context.call.language))


async def get_billing_invoice(invoice_id: InvoiceId, context: ContextDep) -> Response:
    """Show one invoice."""
    found = await context.services.billing_invoices.get(invoice_id, client=context.call.caller)
    return context.answer(invoice_detail(found, context.call.language))


async def get_service_information(invoice_id: InvoiceId, context: ContextDep) -> Response:
    """Ask the service about one invoice now."""
    live = await context.services.billing_look.live(invoice_id, client=context.call.caller)
    return context.answer(live_information(live, context.call.language))


_READ: Final = ("billing:read",)
REMOTE: Final = (
    "billing_adapter_unknown",
    "billing_certificate_expired",
    "billing_credentials_missing",
    "billing_access_refused",
    "remote_unavailable",
    "remote_timeout",
    "remote_invalid_answer",
    "remote_refused",
    "tls_intercepted",
    "key_store_unavailable",
    "storage_unavailable",
)
"""What can go wrong when a service is asked while a caller waits."""

ENDPOINTS: Final = (
    Endpoint(
        method="POST",
        path=PATH,
        operation_id="create_billing_invoice",
        tag="billing",
        summary="Send an invoice to a billing service",
        description=(
            "The file is looked at first: a real PDF, its size, its pages, no password, and a "
            "payment reference that is not another one than stated. Then it is sent once."
        ),
        handler=create_billing_invoice,
        scopes=("billing:send",),
        idempotency="required",
        most_body_bytes=MOST_BODY_BYTES,
        request_examples={"invoice": examples.REQUEST},
        answers={
            202: Answer(
                description="The operation to follow.",
                model=OperationResource,
                example=examples.OPERATION,
                headers=("Location", "Retry-After", "Idempotency-Replayed"),
            ),
            201: Answer(
                description="The service has it.",
                model=BillingInvoiceDetailResource,
                example=examples.DETAIL,
                headers=("Location", "Preference-Applied", "Idempotency-Replayed"),
            ),
        },
        problems=(
            "not_found",
            "actor_not_allowed",
            "duplicate_suspected",
            "billing_adapter_unknown",
            "billing_credentials_missing",
            "key_store_unavailable",
            "storage_unavailable",
        ),
        since=SINCE,
    ),
    Endpoint(
        method="GET",
        path=PATH,
        operation_id="list_billing_invoices",
        tag="billing",
        summary="List invoices at billing services",
        description="The caller's own, newest first, without patients unless `fields` names them.",
        handler=list_billing_invoices,
        scopes=_READ,
        query=(*PARAMETERS, *FILTERS),
        answers={
            200: Answer(
                description="A page of invoices.",
                model=BillingInvoiceList,
                example=listed(examples.INVOICE, sort="-id"),
                headers=("Link",),
            ),
        },
        since=SINCE,
    ),
    # Before single invoices, whose path has a parameter in its place.
    Endpoint(
        method="GET",
        path=PATH + "/totals",
        operation_id="get_billing_totals",
        tag="billing",
        summary="Sum up invoices per state",
        description="How many there are, what they are about, and what was paid of it.",
        handler=get_billing_totals,
        scopes=_READ,
        query=FILTERS,
        answers={
            200: Answer(description="The sums.", model=BillingTotals, example=examples.TOTALS),
        },
        since=SINCE,
    ),
    Endpoint(
        method="GET",
        path=PATH + "/{invoice_id}",
        operation_id="get_billing_invoice",
        tag="billing",
        summary="Show an invoice at a billing service",
        description="Where it stands, its history, its instalments, and what cannot be.",
        handler=get_billing_invoice,
        scopes=_READ,
        answers={
            200: Answer(
                description="The invoice.",
                model=BillingInvoiceDetailResource,
                example=examples.DETAIL,
            ),
        },
        problems=("not_found",),
        since=SINCE,
    ),
    Endpoint(
        method="GET",
        path=PATH + "/{invoice_id}/service-information",
        operation_id="get_billing_service_information",
        tag="billing",
        summary="Ask the billing service about an invoice now",
        description=(
            "Fetched while you wait, never from a cache, also for what is settled; "
            "`fetched_at` says when. What can be is taken over."
        ),
        handler=get_service_information,
        scopes=_READ,
        answers={
            200: Answer(
                description="What the service said.",
                model=BillingServiceInformation,
                example=examples.LIVE,
            ),
        },
        problems=("not_found", "actor_not_allowed", "state_not_allowed", *REMOTE),
        since=SINCE,
    ),
)
"""Rows of the endpoint table."""
