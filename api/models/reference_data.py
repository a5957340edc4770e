"""What was imported: tariffs and official sentences, edition by edition."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from api.models.common import AnswerModel, Day, ListQuery, Moment, Page
from bridge.domain.referencedata import Edition

PATH: Final = "/v1/reference-data"


class ReferenceDataLinks(AnswerModel):
    """Paths that belong to an edition."""

    list: str


class ReferenceDataEdition(AnswerModel):
    """One edition of a list; from its first day, nothing of the one before holds any more."""

    id: str
    object: Literal["reference_data_edition"]
    kind: str = Field(description="`tariffs` or `error_texts`.")
    about: str | None = Field(
        description="Whose errors: `efact`, `care_requests` or `insurability`; null for tariffs."
    )
    source: str = Field(description="Who published it, as its file says.")
    valid_from_on: Day
    valid_to_on: Day | None = Field(description="Null: until the next edition begins.")
    lines: int = Field(description="How many acts or codes it has.")
    imported_at: Moment = Field(description="When its present content was imported.")
    created_at: Moment
    updated_at: Moment
    links: ReferenceDataLinks


class ReferenceDataList(AnswerModel):
    """What was imported: by kind, whose errors, and first day."""

    items: list[ReferenceDataEdition]
    page: Page
    query: ListQuery


def edition_resource(edition: Edition) -> ReferenceDataEdition:
    """Show an edition."""
    return ReferenceDataEdition(
        id=edition.id,
        object="reference_data_edition",
        kind=edition.kind.value,
        about=None if edition.about is None else edition.about.value,
        source=edition.source,
        valid_from_on=edition.valid_from,
        valid_to_on=edition.valid_to,
        lines=edition.lines,
        imported_at=edition.imported_at,
        created_at=edition.created_at,
        updated_at=edition.imported_at,
        links=ReferenceDataLinks(list=PATH),
    )
