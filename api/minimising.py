"""Lists say nothing about who a patient is, unless the caller asks for it (SEC-165, GDPR-03).

The one place that decides it: a member with a name of ``PERSONS``, at any depth of an item, is
left out of lists.
``fields`` asks for members by name, ``*`` for all that say nothing about who a patient is.
A personal one that is named stands wherever it belongs.
What shows one resource, and what answers persons the caller has just sent, is not touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any, Final

from api.endpoints import Endpoint
from api.models.common import AnswerModel
from bridge.errors import InputError

PARAMETER: Final = "fields"
EVERYTHING: Final = "*"
PERSONS: Final = frozenset({"patient", "patient_niss", "niss", "membership_number"})
"""Names of members that say who a patient is; a nurse's own number counts too."""
_ALWAYS: Final = frozenset({"id", "object"})
_MARKS: Final = "/marks"
_POINTER: Final = "#/components/schemas/"


def is_minimised(endpoint: Endpoint) -> bool:
    """Tell whether persons are left out of what an endpoint answers.

    Those are lists, and the rows that were marked: who may mark need not know of whom they are.
    The people of the simulator are nobody.
    """
    is_list = endpoint.method == "GET" or endpoint.path.endswith(_MARKS)
    return is_list and endpoint.build is None and bool(_persons_of(endpoint))


def takes_fields(endpoint: Endpoint) -> bool:
    """Tell whether persons can be asked for.

    The scopes of such a list are those of its resources, so the scope allows it.
    Marks have a scope of their own that allows no reading.
    """
    return endpoint.method == "GET" and is_minimised(endpoint)


def parameters_of(endpoint: Endpoint) -> tuple[str, ...]:
    """Give all parameters an endpoint knows."""
    return (*endpoint.query, PARAMETER) if takes_fields(endpoint) else endpoint.query


def shown_members(endpoint: Endpoint, document: Mapping[str, Any], text: str | None) -> Any:
    """Keep of a list what may be shown and was asked for.

    Args:
        endpoint: Whose answer it is.
        document: The answer with everything.
        text: The parameter ``fields`` as sent.

    Raises:
        InputError: ``parameter_invalid``, a member is asked for that there is not.
    """
    wanted = frozenset((EVERYTHING if text is None else text).split(","))
    if not wanted <= members_of(endpoint) | PERSONS | {EVERYTHING}:
        raise InputError(code="parameter_invalid", parameter=PARAMETER)
    return {**document, "items": [_shown(item, wanted) for item in document["items"]]}


def members_of(endpoint: Endpoint) -> frozenset[str]:
    """Give the names of the members of an endpoint's items."""
    schemas = _schemas(_model(endpoint))
    return frozenset(
        name for item in _item_names(endpoint) for name in schemas[item].get("properties", {})
    )


def relaxed(endpoint: Endpoint, schemas: dict[str, Any]) -> dict[str, str]:
    """Describe an answer of which members are left out; adds what it needs to ``schemas``."""
    model = _model(endpoint)
    if model is None:
        raise LookupError("this address answers no list")
    whole = schemas[model.__name__]
    rows = {item: _relax(item, schemas, is_item=True) for item in _item_names(endpoint)}
    name = f"{model.__name__}Rows"
    schemas[name] = {**whole, "properties": _renamed(whole["properties"], rows)}
    return {"$ref": _POINTER + name}


def _relax(name: str, schemas: dict[str, Any], *, is_item: bool) -> str:
    """Make the schema of a row from that of a resource, and of what persons stand in within it."""
    row = f"{name}Row"
    if row not in schemas:
        whole = schemas[name]
        inner = {
            each: _relax(each, schemas, is_item=False)
            for each in _named(_without_persons(whole))
            if _persons_in(each, schemas)
        }
        needed = [each for each in whole.get("required", ()) if each not in PERSONS]
        schemas[row] = {
            **_renamed(whole, inner),
            "required": [each for each in needed if each in _ALWAYS] if is_item else needed,
            "description": f"{whole.get('description', '')} Without whom it is about, in lists.",
        }
    return row


def _shown(item: dict[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    if EVERYTHING not in wanted:
        item = {name: value for name, value in item.items() if name in wanted | _ALWAYS}
    shown: dict[str, Any] = _without(item, PERSONS - wanted)
    return shown


def _without(value: Any, names: frozenset[str]) -> Any:
    """Leave members out, at any depth; what stands in a member that is kept by name stays."""
    if isinstance(value, list):
        return [_without(each, names) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: member if name in PERSONS else _without(member, names)
        for name, member in value.items()
        if name not in names
    }


def _without_persons(schema: dict[str, Any]) -> dict[str, Any]:
    members = schema.get("properties", {}).items()
    return {"properties": {name: each for name, each in members if name not in PERSONS}}


def _model(endpoint: Endpoint) -> type[AnswerModel] | None:
    """Give the model of a list; ``None`` where an endpoint answers something else."""
    answer = endpoint.answers.get(HTTPStatus.OK)
    model = None if answer is None else answer.model
    return model if model is not None and "items" in model.model_fields else None


@cache
def _schemas(model: type[AnswerModel] | None) -> dict[str, Any]:
    """Give the schema of a model and of all it refers to, by name."""
    if model is None:
        return {}
    schema = model.model_json_schema(mode="serialization", ref_template=_POINTER + "{model}")
    return {**schema.pop("$defs", {}), model.__name__: schema}


def _items(schema: dict[str, Any]) -> dict[str, Any]:
    items: dict[str, Any] = schema.get("properties", {}).get("items", {})
    return items


def _item_names(endpoint: Endpoint) -> list[str]:
    model = _model(endpoint)
    if model is None:
        return []
    return list(_named(_items(_schemas(model)[model.__name__])))


@cache
def _persons_of(endpoint: Endpoint) -> frozenset[str]:
    schemas = _schemas(_model(endpoint))
    return frozenset[str]().union(*(_persons_in(each, schemas) for each in _item_names(endpoint)))


def _persons_in(name: str, schemas: Mapping[str, Any]) -> frozenset[str]:
    """Give the personal members within a schema, at any depth."""
    waiting, seen, found = [name], set[str](), set[str]()
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        found |= PERSONS & schemas[current].get("properties", {}).keys()
        waiting += _named(schemas[current])
    return frozenset(found)


def _named(value: Any) -> Iterator[str]:
    """Give the schemas that are referred to within one."""
    if isinstance(value, list):
        for each in value:
            yield from _named(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key == "$ref":
                yield each.removeprefix(_POINTER)
            else:
                yield from _named(each)


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """Let references lead to other schemas."""
    if isinstance(value, list):
        return [_renamed(each, names) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _POINTER + names.get(each.removeprefix(_POINTER), each.removeprefix(_POINTER))
        if key == "$ref"
        else _renamed(each, names)
        for key, each in value.items()
    }
