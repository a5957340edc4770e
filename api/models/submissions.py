"""Declarations that are released together (API-45, API-46)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from api.models.care import DeclarationId
from api.models.common import AnswerModel, Links, Moment, RequestModel
from api.models.declarations import submission_path
from bridge.domain.declarations import DeclarationKind
from bridge.domain.ids import moment_of
from bridge.errors import Finding, InputError
from bridge.service.batchdrafts import HOLD
from bridge.service.declarationdrafts import path_of
from bridge.service.declarations import DeclarationView
from bridge.service.submissions import SubmissionRequest

PATH: Final = "/v1/declaration-submissions"
MOST_NAMED: Final = 2_000
KindText = Literal["katz", "palliative", "technical_act"]


class DeclarationReleaseRequest(RequestModel):
    """How one declaration is released."""

    hold_until_session: bool = Field(
        default=False, description="Wait up to a day for a session instead of a refusal (API-45)."
    )
    duplicate_of_confirmed: (
        Annotated[str, StringConstraints(max_length=64)] | SkipJsonSchema[None]
    ) = Field(default=None, description="Exchange known to be the same (API-36).")


class DeclarationSubmissionRequest(DeclarationReleaseRequest):
    """What is released: the named drafts, or all that can be sent."""

    declaration_ids: list[DeclarationId] | SkipJsonSchema[None] = Field(
        default=None, min_length=1, max_length=MOST_NAMED
    )
    kind: KindText | SkipJsonSchema[None] = Field(
        default=None, description="Only of this kind, when none are named."
    )


class SubmittedDeclaration(AnswerModel):
    """One declaration of a submission, and where it stands."""

    id: str
    object: str
    status: str
    client_ref: str | None
    exchange_id: str | None
    links: Links


class DeclarationSubmissionLinks(AnswerModel):
    """Paths that belong to a submission."""

    self: str
    operation: str | None


class DeclarationSubmissionResource(AnswerModel):
    """What was released together, and how it stands."""

    id: str
    object: Literal["declaration_submission"]
    operation_id: str | None
    exchange_ids: list[str] = Field(description="One per registration and insurer, or more.")
    declarations: list[SubmittedDeclaration]
    created_at: Moment
    updated_at: Moment
    links: DeclarationSubmissionLinks


def submission_of(body: DeclarationSubmissionRequest) -> SubmissionRequest:
    """Read what is released.

    Raises:
        InputError: a kind and declarations are both named.
    """
    if body.declaration_ids is not None and body.kind is not None:
        raise InputError(findings=(Finding(pointer="/kind", code="value_invalid"),))
    ids = body.declaration_ids
    return SubmissionRequest(
        declaration_ids=None if ids is None else tuple(ids),
        kind=None if body.kind is None else DeclarationKind(body.kind),
        hold_for=HOLD if body.hold_until_session else None,
        duplicate_of=body.duplicate_of_confirmed,
    )


def release_of(declaration_id: str, body: DeclarationReleaseRequest) -> SubmissionRequest:
    """Read how one declaration is released."""
    return SubmissionRequest(
        declaration_ids=(declaration_id,),
        hold_for=HOLD if body.hold_until_session else None,
        duplicate_of=body.duplicate_of_confirmed,
    )


def submission_resource(
    submission_id: str, views: Sequence[DeclarationView]
) -> DeclarationSubmissionResource:
    """Show what was released together."""
    declarations = [view.declaration for view in views]
    operation = declarations[0].operation_id
    exchanges = dict.fromkeys(each.exchange_id for each in declarations if each.exchange_id)
    path = submission_path(submission_id)
    return DeclarationSubmissionResource(
        id=submission_id,
        object="declaration_submission",
        operation_id=operation,
        exchange_ids=list(exchanges),
        declarations=[
            SubmittedDeclaration(
                id=each.id,
                object=f"{each.kind.value}_declaration",
                status=each.status.value,
                client_ref=each.client_ref,
                exchange_id=each.exchange_id,
                links=Links(self=path_of(each)),
            )
            for each in declarations
        ],
        created_at=moment_of(submission_id),
        updated_at=max(each.updated_at for each in declarations),
        links=DeclarationSubmissionLinks(
            self=path,
            operation=None if operation is None else f"/v1/operations/{operation}",
        ),
    )
