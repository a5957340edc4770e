"""Practices as callers see and change them."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from api.models.common import AnswerModel, Links, ListQuery, Moment, Page, RequestModel
from api.models.merging import MergeModel
from bridge.domain.practices import Practice

PATH: Final = "/v1/practices"

Label = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$"),
]
"""What people call something."""


_REQUIRED: Final = (
    "Whether each act needs an answered insurability check that covers its day; without one the "
    "batch cannot be sent. Left out or null: as the settings file says."
)


class PracticeRequest(RequestModel):
    """A new practice."""

    name: Label
    insurability_required: bool | SkipJsonSchema[None] = Field(default=None, description=_REQUIRED)
    is_default: Literal[True] | SkipJsonSchema[None] = Field(
        default=None,
        description="Only `true`: the former default is then an ordinary one.",
    )


class PracticeChangeRequest(MergeModel):
    """What changes of a practice (JSON Merge Patch)."""

    name: Label | None = None
    insurability_required: bool | None = None
    is_default: Literal[True] | None = None


class PracticeResource(AnswerModel):
    """One practice."""

    id: str
    object: Literal["practice"]
    name: str
    is_default: bool = Field(description="Taken when a request names none.")
    insurability_required: bool | None = Field(description=_REQUIRED)
    created_at: Moment
    updated_at: Moment
    links: Links


class PracticeList(AnswerModel):
    """The practices, newest first."""

    items: list[PracticeResource]
    page: Page
    query: ListQuery


def practice_path(practice_id: str) -> str:
    """Give the path of a practice."""
    return f"{PATH}/{practice_id}"


def practice_resource(practice: Practice) -> PracticeResource:
    """Show a practice."""
    return PracticeResource(
        id=practice.id,
        object="practice",
        name=practice.name,
        is_default=practice.is_default,
        insurability_required=practice.insurability_required,
        created_at=practice.created_at,
        updated_at=practice.updated_at,
        links=Links(self=practice_path(practice.id)),
    )
