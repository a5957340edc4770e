"""The register of agreements: current profiles, what expires, what ended."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path, Query
from starlette.responses import Response

from api import care_examples as examples
from api.care_query import (
    AGREEMENT_FILTERS,
    AgreementListQuery,
    agreements_of,
    chosen,
    shown_filters,
    state_of,
)
from api.context import ContextDep
from api.declaration_table import SINCE
from api.endpoints import Answer, Endpoint
from api.models.care import check_numbers
from api.models.care_agreements import (
    PATH,
    CareAgreementList,
    CareAgreementResource,
    CareAgreementSearchRequest,
    agreement_resource,
)
from api.pages import PARAMETERS, PageRequest, frame, shown
from bridge.domain.agreements import AgreementState
from bridge.domain.identifiers import Niss
from bridge.errors import Finding, InputError
from bridge.ports.care import AgreementFilter

AgreementId = Annotated[
    str,
    Path(description="Identifier of an agreement.", max_length=64, examples=["agr_01JD3W7V7Q"]),
]


async def list_agreements(
    context: ContextDep, asked: Annotated[AgreementListQuery, Query()]
) -> Response:
    """List the register."""
    query = context.query
    wanted = PageRequest.of(
        context,
        limit=asked.limit,
        cursor=asked.cursor,
        parameters=chosen(query, AGREEMENT_FILTERS),
    )
    found, total = await context.services.agreements.page(
        agreements_of(query),
        client=context.call.caller,
        limit=wanted.limit + 1,
        state=state_of(query),
        before_id=wanted.after,
    )
    kept = shown(found, lambda view: view.agreement.id, wanted)
    framed = frame(
        wanted,
        more_after=kept.more_after,
        total=total,
        sort="-id",
        filters=shown_filters(query, AGREEMENT_FILTERS),
    )
    items = [agreement_resource(view) for view in kept.items]
    model = CareAgreementList(items=items, page=framed.page, query=framed.query)
    return context.answer(model, headers=framed.headers)


async def search_agreements(body: CareAgreementSearchRequest, context: ContextDep) -> Response:
    """Find the agreements of one person; the number stays out of addresses and logs."""
    if body.state is not None and body.covers_on is not None:
        raise InputError(findings=(Finding(pointer="/state", code="value_invalid"),))
    check_numbers([("/patient/niss", Niss.parse, body.patient.niss)])
    wanted = PageRequest.of(context, limit=body.limit, cursor=None)
    found, total = await context.services.agreements.page(
        AgreementFilter(
            niss=Niss.parse(body.patient.niss),
            kind=() if body.kind is None else (body.kind,),
            covers_on=None if body.covers_on is None else body.covers_on.isoformat(),
        ),
        client=context.call.caller,
        limit=wanted.limit,
        state=None if body.state is None else AgreementState(body.state),
    )
    framed = frame(wanted, more_after=None, total=total, sort="-id")
    items = [agreement_resource(view) for view in found]
    model = CareAgreementList(items=items, page=framed.page, query=framed.query)
    return context.answer(model, headers=framed.headers)


async def get_agreement(agreement_id: AgreementId, context: ContextDep) -> Response:
    """Show an agreement."""
    view = await context.services.agreements.get(agreement_id, client=context.call.caller)
    return context.answer(agreement_resource(view))


_READ: Final = ("responses:read",)
_LISTED: Final = {
    200: Answer(
        description="A page of the register.",
        model=CareAgreementList,
        example=examples.listed(examples.AGREEMENT, sort="-id"),
        headers=("Link",),
    ),
}

ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path=PATH,
        operation_id="list_care_agreements",
        tag="care_agreements",
        summary="List the register of agreements",
        description=(
            "Katz profiles, palliative and technical-act periods, newest first. `state=current` "
            "is in force today, `state=expiring` ends within 30 days; with `covers_on` any day. "
            "State and day are not taken together."
        ),
        handler=list_agreements,
        scopes=_READ,
        query=(*PARAMETERS, *AGREEMENT_FILTERS),
        answers=_LISTED,
        since=SINCE,
    ),
    Endpoint(
        method="POST",
        path=PATH + "/search",
        operation_id="search_care_agreements",
        tag="care_agreements",
        summary="Find the agreements of a person",
        description="Sensitive filters travel in the body and are neither stored nor logged.",
        handler=search_agreements,
        scopes=_READ,
        idempotency="accepted",
        request_examples={"in_force": {"patient": {"niss": examples.NISS}, "state": "current"}},
        answers=_LISTED,
        since=SINCE,
    ),
    Endpoint(
        method="GET",
        path=PATH + "/{agreement_id}",
        operation_id="get_care_agreement",
        tag="care_agreements",
        summary="Show an agreement",
        description="With the declaration or the insurer's message it comes from.",
        handler=get_agreement,
        scopes=_READ,
        answers={
            200: Answer(
                description="The agreement.",
                model=CareAgreementResource,
                example=examples.AGREEMENT,
            ),
        },
        problems=("not_found",),
        since=SINCE,
    ),
)
"""Rows of the endpoint table."""
