"""Registrations with billing services: listed by who may read, changed in the console (D12)."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path
from starlette.responses import Response

from api import billing_examples as examples
from api.context import Context, ContextDep
from api.endpoints import Answer, Endpoint
from api.examples import listed
from api.merging import IfMatch, merged, require_match, revalidated
from api.models.billing_services import (
    PATH,
    BillingServiceChangeRequest,
    BillingServiceList,
    BillingServiceRequest,
    BillingServiceResource,
    UnknownBillingInvoiceList,
    changeable,
    service_path,
    service_resource,
    stray_resource,
    wanted_service,
)
from api.models.common import EmptyRequest
from api.pages import DEFAULT_ITEMS, PARAMETERS, Cursor, Limit, PageRequest, cut, frame, shown
from bridge.service.billingdesk import AccountView

SINCE: Final = "1.9"
ServiceId = Annotated[
    str,
    Path(
        description="Identifier of a registration with a billing service.",
        max_length=64,
        examples=["bsv_01JD3W7V7Q"],
    ),
]


async def list_billing_services(
    context: ContextDep, limit: Limit = DEFAULT_ITEMS, cursor: Cursor = None
) -> Response:
    """List the registrations."""
    wanted = PageRequest.of(context, limit=limit, cursor=cursor)
    views = await context.services.billing_desk.all()
    views.reverse()
    kept = cut(views, lambda view: view.account.id, wanted)
    framed = frame(wanted, more_after=kept.more_after, total=len(views), sort="-id")
    items = [service_resource(each) for each in kept.items]
    model = BillingServiceList(items=items, page=framed.page, query=framed.query)
    return context.answer(model, headers=framed.headers)


async def get_billing_service(service_id: ServiceId, context: ContextDep) -> Response:
    """Show one registration."""
    view = await context.services.billing_desk.get(service_id)
    return context.answer(service_resource(view))


async def create_billing_service(body: BillingServiceRequest, context: ContextDep) -> Response:
    """Add a registration."""
    call, desk = context.call, context.services.billing_desk
    with context.keys.reserve(call.caller.id, call.claim) as reservation:
        if reservation.earlier is not None:
            return _created(context, await desk.get(reservation.earlier))
        made = await desk.create(wanted_service(body, None))
        reservation.made = made.account.id
    return _created(context, made)


async def change_billing_service(
    service_id: ServiceId,
    body: BillingServiceChangeRequest,
    context: ContextDep,
    if_match: IfMatch = None,
) -> Response:
    """Change the version of a registration that the caller has read."""
    desk = context.services.billing_desk
    current = await desk.get(service_id)
    require_match(if_match, service_resource(current))
    known = changeable(current.account)
    wanted = revalidated(BillingServiceRequest, merged(known, body.changes))
    changed = await desk.change(
        service_id, wanted_service(wanted, current.account), expected=current.account
    )
    if context.call.preferences.is_minimal:
        return context.minimal(204)
    return context.answer(service_resource(changed))


async def remove_billing_service(service_id: ServiceId, context: ContextDep) -> Response:
    """Remove a registration without invoices."""
    await context.services.billing_desk.remove(service_id)
    return Response(status_code=204)


async def refresh_billing_service(
    service_id: ServiceId, _body: EmptyRequest, context: ContextDep
) -> Response:
    """Ask a service now what changed."""
    desk = context.services.billing_desk
    view = await desk.refresh(service_id, client=context.call.caller)
    return context.answer(service_resource(view))


async def list_unknown_invoices(
    service_id: ServiceId,
    context: ContextDep,
    limit: Limit = DEFAULT_ITEMS,
    cursor: Cursor = None,
) -> Response:
    """List what a service says of invoices that were not sent from here."""
    wanted = PageRequest.of(
        context, limit=limit, cursor=cursor, parameters={"service_id": service_id}
    )
    found, total = await context.services.billing_desk.strays(
        service_id, limit=wanted.limit + 1, after=wanted.after
    )
    kept = shown(found, lambda stray: stray.service_ref, wanted)
    framed = frame(wanted, more_after=kept.more_after, total=total, sort="service_ref")
    items = [stray_resource(each) for each in kept.items]
    model = UnknownBillingInvoiceList(items=items, page=framed.page, query=framed.query)
    return context.answer(model, headers=framed.headers)


def _created(context: Context, view: AccountView) -> Response:
    headers = {"Location": service_path(view.account.id)}
    if context.call.preferences.is_minimal:
        return context.minimal(201, headers)
    return context.answer(service_resource(view), status=201, headers=headers)


_READ: Final = ("billing:read",)
_WRITE: Final = ("console",)
_SHOWN: Final = Answer(
    description="The registration.", model=BillingServiceResource, example=examples.SERVICE
)
_REFUSED: Final = (
    "not_found",
    "billing_adapter_unknown",
    "billing_certificate_invalid",
    "key_store_unavailable",
    "storage_unavailable",
)

ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path=PATH,
        operation_id="list_billing_services",
        tag="billing",
        summary="List registrations with billing services",
        description="Nothing secret is shown.",
        handler=list_billing_services,
        scopes=_READ,
        query=PARAMETERS,
        answers={
            200: Answer(
                description="A page of registrations.",
                model=BillingServiceList,
                example=listed(examples.SERVICE, sort="-id"),
                headers=("Link",),
            ),
        },
        since=SINCE,
    ),
    Endpoint(
        method="POST",
        path=PATH,
        operation_id="create_billing_service",
        tag="billing",
        summary="Add a registration with a billing service",
        description="Only the console may; what is secret goes to the key store.",
        handler=create_billing_service,
        scopes=_WRITE,
        idempotency="accepted",
        request_examples={"client_credentials": examples.SERVICE_REQUEST},
        answers={
            201: Answer(
                description="The registration.",
                model=BillingServiceResource,
                example=examples.SERVICE,
                headers=("Location",),
            ),
        },
        problems=_REFUSED,
        since=SINCE,
    ),
    Endpoint(
        method="GET",
        path=PATH + "/{service_id}",
        operation_id="get_billing_service",
        tag="billing",
        summary="Show a registration with a billing service",
        description="Also how far its invoices are kept in step.",
        handler=get_billing_service,
        scopes=_READ,
        answers={200: _SHOWN},
        problems=("not_found",),
        since=SINCE,
    ),
    Endpoint(
        method="PATCH",
        path=PATH + "/{service_id}",
        operation_id="update_billing_service",
        tag="billing",
        summary="Change a registration with a billing service",
        description=(
            "JSON Merge Patch on the version named in `If-Match` (API-17). Switching "
            "`is_synchronised` on takes in every invoice that was sent and is not settled."
        ),
        handler=change_billing_service,
        scopes=_WRITE,
        request_examples={"switched_on": {"is_synchronised": True}},
        answers={
            200: _SHOWN,
            204: Answer(description="Changed; with `Prefer: return=minimal`."),
        },
        problems=(*_REFUSED, "precondition_required", "precondition_failed"),
        since=SINCE,
    ),
    Endpoint(
        method="DELETE",
        path=PATH + "/{service_id}",
        operation_id="delete_billing_service",
        tag="billing",
        summary="Remove a registration with a billing service",
        description="With its secret; not while invoices belong to it.",
        handler=remove_billing_service,
        scopes=_WRITE,
        answers={204: Answer(description="It is gone.")},
        problems=(
            "not_found",
            "billing_service_in_use",
            "key_store_unavailable",
            "storage_unavailable",
        ),
        since=SINCE,
    ),
    Endpoint(
        method="POST",
        path=PATH + "/{service_id}/refresh",
        operation_id="read_billing_service_anew",
        tag="billing",
        summary="Ask a billing service now what changed",
        description=(
            "What the daemon does by itself now and then, while you wait; trouble is in "
            "`synchronisation`."
        ),
        handler=refresh_billing_service,
        scopes=_READ,
        idempotency="accepted",
        request_examples={"empty": {}},
        answers={200: _SHOWN},
        problems=("not_found", "actor_not_allowed", "storage_unavailable"),
        since=SINCE,
    ),
    Endpoint(
        method="GET",
        path=PATH + "/{service_id}/unknown-invoices",
        operation_id="list_unknown_billing_invoices",
        tag="billing",
        summary="List invoices that were not sent from here",
        description="What the service says of them, as it came.",
        handler=list_unknown_invoices,
        scopes=_READ,
        query=PARAMETERS,
        answers={
            200: Answer(
                description="A page of invoices.",
                model=UnknownBillingInvoiceList,
                example=listed(examples.STRAY, sort="service_ref"),
                headers=("Link",),
            ),
        },
        problems=("not_found",),
        since=SINCE,
    ),
)
"""Rows of the endpoint table."""
