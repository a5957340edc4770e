"""Reading cards: the holder of one in a reader, and a patient's card for a visit."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path, Query
from starlette.responses import Response

from api import examples
from api.context import Context, ContextDep
from api.endpoints import Answer, Endpoint
from api.following import answer_accepted, answer_created, settle
from api.models.operations import OperationResource
from api.models.patient_cards import (
    PATH,
    CardHolderResource,
    PatientCardReadingResource,
    PatientCardRequest,
    holder_resource,
    reading_resource,
)
from api.routes.readers import ReaderId
from bridge.domain.operations import Operation, OperationStatus
from bridge.domain.periods import brussels_day
from bridge.errors import NotFound
from bridge.service.patientcards import ReadingWish

ReadingId = Annotated[
    str,
    Path(description="Identifier of a reading.", max_length=64, examples=["pcr_01JD3W7V7Q"]),
]
HasAddress = Annotated[bool, Query(description="Read the address too.")]

_CARD_PROBLEMS: Final = (
    "card_missing",
    "card_removed",
    "card_unsupported",
    "card_not_activated",
    "card_in_use",
    "card_unreadable",
    "card_untrusted",
    "card_data_invalid",
    "reader_removed",
    "reader_missing",
    "reader_timeout",
    "smartcard_service_stopped",
)


async def get_card_holder(
    reader_id: ReaderId,
    context: ContextDep,
    has_address: HasAddress = False,  # noqa: FBT002  # a query parameter has a name
) -> Response:
    """Read who the card in a reader belongs to."""
    services = context.services
    holder = await services.identities.who(reader_id, has_address=has_address)
    today = brussels_day(services.clock.now())
    return context.answer(holder_resource(holder, reader_id, today=today))


async def read_patient_card(body: PatientCardRequest, context: ContextDep) -> Response:
    """Begin to read a patient's card."""
    call = context.call
    with context.keys.reserve(call.caller.id, call.claim) as reservation:
        is_replay = reservation.earlier is not None
        operation = await _begin(context, body, earlier=reservation.earlier)
        reservation.made = operation.id
    operation = await settle(context, operation)
    path = operation.result_path
    is_done = operation.status is OperationStatus.SUCCEEDED and call.preferences.wait_s > 0
    if path is None or not is_done:
        return answer_accepted(context, operation, is_replay=is_replay)
    try:
        model = await _reading(context, path.rsplit("/", maxsplit=1)[-1])
    except NotFound:  # a key that comes again after the reading was forgotten
        return answer_accepted(context, operation, is_replay=is_replay)
    return answer_created(context, model, path, is_replay=is_replay)


async def get_patient_card_reading(reading_id: ReadingId, context: ContextDep) -> Response:
    """Show a reading of the caller."""
    return context.answer(await _reading(context, reading_id))


async def _reading(context: Context, reading_id: str) -> PatientCardReadingResource:
    services = context.services
    reading = await services.patient_cards.get(reading_id, client=context.call.caller)
    today = brussels_day(services.clock.now())
    return reading_resource(reading, today=today, language=context.call.language)


async def _begin(
    context: Context,
    body: PatientCardRequest,
    *,
    earlier: str | None,
) -> Operation:
    client = context.call.caller
    if earlier is not None:
        return await context.services.operations.get(earlier, client_id=client.id)
    wish = ReadingWish(reader_id=body.reader_id, has_address=body.has_address, is_kept=body.is_kept)
    return await context.services.patient_cards.begin(wish, client=client)


ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path="/v1/readers/{reader_id}/holder",
        operation_id="get_card_holder",
        tag="readers",
        summary="Read the holder of a card",
        description=(
            "Reads the eID in the reader, without PIN, and verifies the National Register's "
            "signature. Nothing is kept. Holder data stand apart from the reader, so that the "
            "list of readers never holds any."
        ),
        handler=get_card_holder,
        scopes=("card:read",),
        query=("has_address",),
        answers={
            200: Answer(
                description="The holder.", model=CardHolderResource, example=examples.HOLDER
            ),
        },
        problems=("not_found", *_CARD_PROBLEMS),
    ),
    Endpoint(
        method="POST",
        path=PATH + "/reading",
        operation_id="read_patient_card",
        tag="patient_cards",
        summary="Read a patient's card",
        description=(
            "Reads identity and the facts an invoice needs. Without `reader_id` the only eID is "
            "read, and of two the one that is not the nurse's own. The result can be fetched for "
            "15 minutes; only with `is_kept` its facts for the invoice are stored."
        ),
        handler=read_patient_card,
        scopes=("patient-card:read",),
        idempotency="accepted",
        request_examples={"the_only_card": {}, "keep_for_the_invoice": {"is_kept": True}},
        answers={
            202: Answer(
                description="The operation to follow.",
                model=OperationResource,
                example=examples.OPERATION_READING,
                headers=("Location", "Retry-After", "Idempotency-Replayed"),
            ),
            201: Answer(
                description="The card is read already.",
                model=PatientCardReadingResource,
                example=examples.READING,
                headers=("Location", "Preference-Applied", "Idempotency-Replayed"),
            ),
        },
        problems=("storage_unavailable", "card_choice_needed", *_CARD_PROBLEMS),
    ),
    Endpoint(
        method="GET",
        path=PATH + "/readings/{reading_id}",
        operation_id="get_patient_card_reading",
        tag="patient_cards",
        summary="Show a reading",
        description="The caller's own reading: whole for 15 minutes, then what was kept of it.",
        handler=get_patient_card_reading,
        scopes=("patient-card:read",),
        answers={
            200: Answer(
                description="The reading.",
                model=PatientCardReadingResource,
                example=examples.READING,
            ),
        },
        problems=("not_found", "storage_unavailable"),
    ),
)
"""Rows of the endpoint table."""
