"""Parts all models share: strictness, moments, days, links, pages."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from bridge.domain.madefiles import LEAST_PASSPHRASE, MOST_PASSPHRASE

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


_WORD: Final = re.compile(r"[a-z][a-z_]{0,39}")


def tame(name: str) -> bool:
    """Tell whether a name made up by a caller is a plain word, safe to show again (SEC-18)."""
    return bool(_WORD.fullmatch(name))


def write_moment(moment: datetime) -> str:
    """Write a moment: RFC 3339, UTC, milliseconds (API-13)."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _read_day(value: Any) -> Any:
    if type(value) is date:  # our own values; JSON has texts only
        return value
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("type_wrong", "not a text")
    try:
        return date.fromisoformat(value if _DAY.fullmatch(value) else "")
    except ValueError:
        raise PydanticCustomError("date_invalid", "not a day") from None


Moment = Annotated[
    datetime,
    PlainSerializer(write_moment, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$",
            "description": "Moment in UTC with milliseconds (API-13).",
        },
    ),
]
"""A moment as API-13 writes it."""

Day = Annotated[
    date,
    BeforeValidator(_read_day),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date",
            "pattern": r"^\d{4}-\d{2}-\d{2}$",
            "description": "Calendar day in Brussels time (API-13).",
        },
    ),
]
"""A calendar day."""


Passphrase = Annotated[
    str, StringConstraints(min_length=LEAST_PASSPHRASE, max_length=MOST_PASSPHRASE)
]
"""What opens a file; kept nowhere."""


class RequestModel(BaseModel):
    """Base of what callers send: unknown members and other types are refused (API-10).

    Members that may be left out may not be ``null``: leaving out is the one way to say nothing.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def refuse_null(cls, value: Any) -> Any:
        """Refuse members that are ``null``."""
        if isinstance(value, dict):
            for name, member in value.items():
                if member is None and name in cls.model_fields:
                    raise PydanticCustomError("type_wrong", "null", {"pointer": f"/{name}"})
        return value


class AnswerModel(BaseModel):
    """Base of what we answer; every member is always present (API-12)."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_serialization_defaults_required=True,
    )


class EmptyRequest(RequestModel):
    """A body that says nothing: ``{}``."""


class Links(AnswerModel):
    """Where the resource is; absolute paths without host and port (API-05)."""

    self: str = Field(examples=["/v1/instance"])


class Page(AnswerModel):
    """Where this page stands in its list (API-60)."""

    limit: int = Field(description="Most items of a page.")
    next_cursor: str | None = Field(description="Cursor of the next page, null on the last one.")
    prev_cursor: str | None = Field(
        description="Always null: this version pages forward; keep the pages you have seen.",
    )
    total: int = Field(description="Items of the whole list, or so many at least.")
    total_is_exact: bool = Field(
        description="False when there are more than `total`; only spans of days of the history, "
        "and persons in it, are counted to 10 000 and no further.",
    )


class ListQuery(AnswerModel):
    """What the list shows, as understood by the server."""

    sort: list[str] = Field(description="Members the list is ordered by; `-` means descending.")
    filters: dict[str, list[str]]
    columns: list[str] = Field(description="Empty: all members.")
