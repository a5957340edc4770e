"""Exports of the history, as callers ask for and see them (API-67)."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from api.models.common import AnswerModel, Moment, Passphrase, RequestModel
from api.models.questions import NissText
from api.models.views import Word
from bridge.domain.views import COLUMNS, HistoryExport

PATH: Final = "/v1/exchange-exports"


class ExchangeExportRequest(RequestModel):
    """What is exported: as the list, by a view, or both; explicit members win."""

    format: Literal["csv", "xlsx", "json"]
    view: Annotated[str, StringConstraints(max_length=64)] | SkipJsonSchema[None] = None
    columns: list[Word] | SkipJsonSchema[None] = Field(
        default=None, min_length=1, max_length=len(COLUMNS)
    )
    sort: list[Word] | SkipJsonSchema[None] = Field(default=None, max_length=3)
    filters: dict[Word, list[Word]] | SkipJsonSchema[None] = Field(default=None, max_length=20)
    niss: NissText | SkipJsonSchema[None] = Field(
        default=None, description="Only exchanges about this person."
    )
    passphrase: Passphrase | SkipJsonSchema[None] = Field(
        default=None,
        description=(
            "The file is a ZIP file (AES-256) that opens with it. Needed unless the user allowed "
            "plain files; kept nowhere."
        ),
    )


class ExchangeExportLinks(AnswerModel):
    """Paths that belong to an export."""

    self: str
    content: str


class ExchangeExportResource(AnswerModel):
    """One export; its content is deleted when it expires."""

    id: str
    object: Literal["exchange_export"]
    format: str
    rows: int
    size_bytes: int
    sha256: str
    created_at: Moment
    expires_at: Moment
    is_sealed: bool = Field(description="It opens with the pass phrase that was given.")
    links: ExchangeExportLinks


def export_path(export_id: str) -> str:
    """Give the path of an export."""
    return f"{PATH}/{export_id}"


def export_resource(export: HistoryExport) -> ExchangeExportResource:
    """Show an export."""
    path = export_path(export.id)
    return ExchangeExportResource(
        id=export.id,
        object="exchange_export",
        format=export.format.value,
        rows=export.rows,
        size_bytes=export.size_bytes,
        sha256=export.sha256,
        created_at=export.created_at,
        expires_at=export.expires_at,
        is_sealed=export.is_sealed,
        links=ExchangeExportLinks(self=path, content=f"{path}/content"),
    )
