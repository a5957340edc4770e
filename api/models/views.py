"""Columns of the history and saved views, as callers see them (API-66)."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from api.models.common import AnswerModel, Links, ListQuery, Moment, Page, RequestModel
from api.models.practices import Label
from bridge.domain.views import COLUMNS, Column, SavedView, ViewColumn
from bridge.i18n import LANGUAGES, phrase
from bridge.service.views import WantedView

PATH: Final = "/v1/views"
COLUMNS_PATH: Final = "/v1/exchanges/columns"
_MOST_SORTED: Final = 3

Word = Annotated[str, StringConstraints(max_length=64)]


class ColumnLabels(AnswerModel):
    """What people call a column, in four languages."""

    fr: str
    nl: str
    de: str
    en: str


class HistoryColumn(AnswerModel):
    """One column people may choose."""

    member: str
    type: str = Field(description="`text`, `code`, `moment`, `count` or `boolean`.")
    labels: ColumnLabels
    is_sortable: bool
    is_filterable: bool
    is_sensitive: bool = Field(description="Whether it says something about a patient.")


class HistoryColumnList(AnswerModel):
    """All columns, in their usual order."""

    items: list[HistoryColumn]


class ViewColumnRequest(RequestModel):
    """One column of a view, in its place."""

    member: Word
    width_px: int | None = Field(default=None, ge=20, le=2000)
    is_pinned: bool = False


class ViewRequest(RequestModel):
    """Columns, order and filters to keep."""

    name: Label
    columns: list[ViewColumnRequest] = Field(min_length=1, max_length=len(COLUMNS))
    sort: list[Word] = Field(default_factory=list, max_length=_MOST_SORTED)
    filters: dict[Word, list[Word]] = Field(
        default_factory=dict,
        max_length=20,
        description="As the parameters of the list, such as `status`, each with its values.",
    )
    is_default: bool = False


class ViewColumnModel(AnswerModel):
    """One column of a view, in its place."""

    member: str
    width_px: int | None
    is_pinned: bool


class ViewResource(AnswerModel):
    """One saved view."""

    id: str
    object: Literal["view"]
    name: str
    columns: list[ViewColumnModel]
    sort: list[str]
    filters: dict[str, list[str]]
    is_default: bool
    created_at: Moment
    updated_at: Moment
    links: Links


class ViewList(AnswerModel):
    """The caller's views, newest first."""

    items: list[ViewResource]
    page: Page
    query: ListQuery


def view_path(view_id: str) -> str:
    """Give the path of a view."""
    return f"{PATH}/{view_id}"


def wanted_view(body: ViewRequest) -> WantedView:
    """Read what a view is to hold."""
    return WantedView(
        name=body.name,
        columns=tuple(
            ViewColumn(member=each.member, width_px=each.width_px, is_pinned=each.is_pinned)
            for each in body.columns
        ),
        sort=tuple(body.sort),
        filters={name: tuple(values) for name, values in body.filters.items()},
        is_default=body.is_default,
    )


def view_resource(view: SavedView) -> ViewResource:
    """Show a view."""
    return ViewResource(
        id=view.id,
        object="view",
        name=view.name,
        columns=[
            ViewColumnModel(member=each.member, width_px=each.width_px, is_pinned=each.is_pinned)
            for each in view.columns
        ],
        sort=list(view.sort),
        filters={name: list(values) for name, values in view.filters.items()},
        is_default=view.is_default,
        created_at=view.created_at,
        updated_at=view.updated_at,
        links=Links(self=view_path(view.id)),
    )


def column_list() -> HistoryColumnList:
    """Show all columns."""
    return HistoryColumnList(items=[_column(each) for each in COLUMNS])


def _column(column: Column) -> HistoryColumn:
    labels = {language: phrase("columns", column.member, language) for language in LANGUAGES}
    return HistoryColumn(
        member=column.member,
        type=column.type.value,
        labels=ColumnLabels(**labels),
        is_sortable=column.is_sortable,
        is_filterable=column.is_filterable,
        is_sensitive=column.is_sensitive,
    )
