"""Releasing declarations: one, several, or all that can be sent."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Final

from fastapi import Path
from starlette.responses import Response

from api import care_examples as examples
from api.context import Context, ContextDep
from api.declaration_table import RELEASE_ANSWERS, RELEASE_PROBLEMS, SCOPES, SINCE
from api.endpoints import Answer, Endpoint
from api.following import answer_sent, claim_of
from api.models.common import AnswerModel
from api.models.declarations import submission_path
from api.models.submissions import (
    PATH,
    DeclarationSubmissionRequest,
    DeclarationSubmissionResource,
    submission_of,
    submission_resource,
)
from bridge.service.submissions import SubmissionRequest

SubmissionId = Annotated[
    str,
    Path(description="Identifier of a submission.", max_length=64, examples=["sub_01JD3W7V7Q"]),
]


async def create_submission(body: DeclarationSubmissionRequest, context: ContextDep) -> Response:
    """Release drafts."""
    return await release(context, submission_of(body))


async def get_submission(submission_id: SubmissionId, context: ContextDep) -> Response:
    """Show what was released together."""
    views = await context.services.submissions.get(submission_id, client=context.call.caller)
    return context.answer(submission_resource(submission_id, views))


async def release(context: Context, request: SubmissionRequest) -> Response:
    """Release drafts, and answer with the operation or, when it is over in time, the result."""
    client, claim = context.call.caller, claim_of(context)
    submissions = context.services.submissions
    with context.keys.reserve(client.id, claim):
        accepted = await submissions.submit(request, client=client, claim=claim)
    name = accepted.submission_id

    async def made(submission_id: str) -> tuple[AnswerModel, str]:
        views = await submissions.get(submission_id, client=client)
        return submission_resource(submission_id, views), submission_path(submission_id)

    return await answer_sent(
        context,
        accepted.operation,
        is_replay=accepted.is_replay,
        made=None if name is None else partial(made, name),
    )


ENDPOINTS: Final = (
    Endpoint(
        method="POST",
        path=PATH,
        operation_id="create_declaration_submission",
        tag="declaration_submissions",
        summary="Send declarations of care",
        description=(
            "The named drafts, or all that can be sent, if wanted of one kind. A named one with "
            "an error finding keeps all from leaving (D18). One message goes to each insurer. "
            "An Idempotency-Key is required."
        ),
        handler=create_submission,
        scopes=SCOPES,
        idempotency="required",
        request_examples={
            "named": {"declaration_ids": [examples.KATZ["id"]]},
            "all_of_a_kind": {"kind": "katz"},
        },
        answers=RELEASE_ANSWERS,
        problems=RELEASE_PROBLEMS,
        since=SINCE,
    ),
    Endpoint(
        method="GET",
        path=PATH + "/{submission_id}",
        operation_id="get_declaration_submission",
        tag="declaration_submissions",
        summary="Show what was sent together",
        description="Each declaration with where it stands now.",
        handler=get_submission,
        scopes=SCOPES,
        answers={
            200: Answer(
                description="The submission.",
                model=DeclarationSubmissionResource,
                example=examples.SUBMISSION,
            ),
        },
        problems=("not_found",),
        since=SINCE,
    ),
)
"""Rows of the endpoint table."""
