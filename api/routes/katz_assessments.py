"""What six Katz scores allow; nothing is stored."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from api import care_examples as examples
from api.context import ContextDep
from api.declaration_table import SCOPES, SINCE
from api.endpoints import Answer, Endpoint
from api.models.assessments import (
    PATH,
    KatzAssessment,
    KatzAssessmentRequest,
    assessment_answer,
)
from api.models.katz import scores_of
from bridge.domain.katz import CareKind


async def create_assessment(body: KatzAssessmentRequest, context: ContextDep) -> Response:
    """Say what scores allow, rule by rule."""
    kind = body.care_kind
    assessment = context.services.assessments.assess(
        scores_of(body.scores),
        start_on=body.start_on,
        is_disoriented=body.has_dementia_certificate,
        requested=None if kind is None else CareKind(kind),
    )
    return context.answer(assessment_answer(assessment, context.call.language))


ENDPOINTS: Final = (
    Endpoint(
        method="POST",
        path=PATH,
        operation_id="create_katz_assessment",
        tag="katz_declarations",
        summary="Say what six Katz scores allow",
        description=(
            "The strongest kind of care, and every rule that was looked at with its source. "
            "Nothing is stored, and the insurer decides."
        ),
        handler=create_assessment,
        scopes=SCOPES,
        idempotency="accepted",
        request_examples={"scores": examples.ASSESSMENT_REQUEST},
        answers={
            200: Answer(
                description="What the scores allow.",
                model=KatzAssessment,
                example=examples.ASSESSMENT,
            ),
        },
        since=SINCE,
    ),
)
"""Rows of the endpoint table."""
