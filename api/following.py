"""Answers of requests that start work: 202 with the operation, or 201 when it is done in time.

Source: API-18, API-40, API-41.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.responses import Response

from api.context import Context
from api.models.common import AnswerModel
from api.models.operations import operation_path, operation_resource
from bridge.domain.operations import Operation
from bridge.errors import InputError
from bridge.service.keys import KeyClaim

RETRY_AFTER_S: Final = 1


def claim_of(context: Context) -> KeyClaim:
    """Give the idempotency key of a request that sends.

    Raises:
        InputError: there is none (``idempotency_key_missing``).
    """
    if context.call.claim is None:
        raise InputError(code="idempotency_key_missing")
    return context.call.claim


async def settle(context: Context, operation: Operation) -> Operation:
    """Hold the answer as long as the caller asked; gives the operation as it stands then."""
    wait_s = context.call.preferences.wait_s
    if wait_s and not operation.is_final:
        await context.services.operations.wait(operation.id, seconds=wait_s)
    return await context.services.operations.get(operation.id, client_id=operation.client_id)


async def answer_sent(
    context: Context,
    operation: Operation,
    *,
    is_replay: bool,
    made: Callable[[], Awaitable[tuple[AnswerModel, str]]] | None,
) -> Response:
    """Answer 201 with what was made when the caller waited and it is over, else 202.

    Args:
        context: Of the request.
        operation: What sends.
        is_replay: The key came before.
        made: Gives what was made, with its path; ``None`` where nothing was.
    """
    operation = await settle(context, operation)
    if made is None or not operation.is_final or not context.call.preferences.wait_s:
        return answer_accepted(context, operation, is_replay=is_replay)
    model, path = await made()
    return answer_created(context, model, path, is_replay=is_replay)


def answer_accepted(context: Context, operation: Operation, *, is_replay: bool) -> Response:
    """Answer 202: the operation can be followed."""
    headers = {
        "Location": operation_path(operation.id),
        "Retry-After": str(RETRY_AFTER_S),
        **_replayed(is_replay=is_replay),
    }
    model = operation_resource(operation, context.call.language)
    return context.answer(model, status=202, headers=headers)


def answer_created(
    context: Context,
    model: AnswerModel,
    path: str,
    *,
    is_replay: bool,
) -> Response:
    """Answer 201: the resource is there already."""
    preferences = context.call.preferences
    headers = {"Location": path, **_replayed(is_replay=is_replay)}
    applied = f"wait={preferences.wait_s}"
    if preferences.is_minimal:
        headers["Preference-Applied"] = f"{applied}, return=minimal"
        return Response(status_code=201, headers=headers)
    headers["Preference-Applied"] = applied
    return context.answer(model, status=201, headers=headers)


def _replayed(*, is_replay: bool) -> dict[str, str]:
    return {"Idempotency-Replayed": "true"} if is_replay else {}
