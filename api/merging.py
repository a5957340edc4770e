"""Changing a resource: JSON Merge Patch on the version the caller has read (API-17)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from fastapi import Header
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from api.models.common import AnswerModel, RequestModel
from bridge.errors import Conflict, InputError

M = TypeVar("M", bound=RequestModel)

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="ETag of the last reading, in the same language; required (API-17).",
        max_length=200,
    ),
]
"""The precondition as a parameter of a handler."""


def require_match(if_match: str | None, shown: AnswerModel) -> None:
    """Let a change pass only when it names the version that is there now.

    Args:
        if_match: Line ``If-Match``.
        shown: The resource as a GET shows it to this caller at this moment.

    Raises:
        InputError: ``precondition_required``, there is no such line.
        Conflict: ``precondition_failed``, it names another version.
    """
    if if_match is None:
        raise InputError(code="precondition_required")
    named = {part.strip() for part in if_match.split(",")}
    if not named & {"*", tag_of(shown)}:
        raise Conflict(code="precondition_failed")


def tag_of(shown: AnswerModel) -> str:
    """Give the ETag a GET has (API-68)."""
    body = shown.model_dump_json().encode()
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def merged(current: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Apply a merge patch (RFC 7396, 2): ``null`` removes, objects merge, the rest replaces."""
    result = dict(current)
    for name, value in changes.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, Mapping):
            below = result.get(name)
            result[name] = merged(below if isinstance(below, Mapping) else {}, value)
        else:
            result[name] = value
    return result


def revalidated(model: type[M], document: Mapping[str, Any]) -> M:
    """Read a merged document as if it had been sent whole.

    Raises:
        RequestValidationError: it does not hold; answered as any request that does not.
    """
    try:
        return model.model_validate(document)
    except ValidationError as error:
        problems = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
        raise RequestValidationError(problems, body=dict(document)) from None
