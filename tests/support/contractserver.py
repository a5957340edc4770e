"""A billing service made up from the contract's OpenAPI document, and a scripted one.

The generated server answers whatever the document allows, and on demand what it does not: mixed
order, repeats, states that cannot be, members that are missing or of another kind.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from hypothesis import strategies as st

from bridge.ports.rest import RestReply, RestRequest

DOCUMENT: Final = Path(__file__).resolve().parents[2] / "docs" / "billing-service.openapi.yaml"
_BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)
_END: Final = datetime(2028, 1, 1, tzinfo=UTC)


@cache
def document() -> dict[str, Any]:
    """Give the contract; nobody may change it."""
    read: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text("utf-8"))
    return read


def resolved(value: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference of the document."""
    while "$ref" in value:
        here: Any = document()
        for part in value["$ref"].removeprefix("#/").split("/"):
            here = here[part]
        value = here
    return value


def schema(name: str) -> dict[str, Any]:
    """Give a schema by name, complete by itself for a validator."""
    return {
        "$ref": f"#/components/schemas/{name}",
        "components": {"schemas": document()["components"]["schemas"]},
    }


def answers(path: str, method: str) -> dict[str, dict[str, Any]]:
    """Give the documented answers of an operation by their status."""
    operation = document()["paths"][path][method]
    return {status: resolved(each) for status, each in operation["responses"].items()}


def values(wanted: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Give values that a schema of the contract allows."""
    wanted = resolved(wanted)
    if "oneOf" in wanted:
        return st.one_of([values(each) for each in wanted["oneOf"]])
    if "enum" in wanted:
        return st.sampled_from(wanted["enum"])
    kinds = wanted.get("type", "string")
    chosen = [kinds] if isinstance(kinds, str) else kinds
    return st.one_of([_of_kind(kind, wanted) for kind in chosen])


def _of_kind(kind: str, wanted: dict[str, Any]) -> st.SearchStrategy[Any]:
    if kind == "object":
        return _objects(wanted)
    if kind == "array":
        return st.lists(values(wanted["items"]), max_size=min(wanted.get("maxItems", 6), 6))
    simple = {"null": st.none(), "boolean": st.booleans()}
    if kind in simple:
        return simple[kind]
    if kind == "integer":
        return st.integers(wanted.get("minimum", 0), wanted.get("maximum", 10**7))
    return _texts(wanted)


def _texts(wanted: dict[str, Any]) -> st.SearchStrategy[str]:
    if wanted.get("format") == "date":
        return st.dates(date(2026, 1, 1), date(2028, 1, 1)).map(date.isoformat)
    if wanted.get("format") == "date-time":
        naive = st.datetimes(_BEGIN.replace(tzinfo=None), _END.replace(tzinfo=None))
        return naive.map(lambda moment: f"{moment.isoformat(timespec='seconds')}Z")
    if "pattern" in wanted:
        return st.from_regex(
            wanted["pattern"].replace("$", r"\Z"), alphabet=st.characters(codec="ascii")
        )
    return st.text(
        min_size=wanted.get("minLength", 0), max_size=min(wanted.get("maxLength", 20), 20)
    )


@st.composite
def _objects(draw: st.DrawFn, wanted: dict[str, Any]) -> dict[str, Any]:
    required = set(wanted.get("required", ()))
    made = {}
    for name, below in wanted["properties"].items():
        if name in required or draw(st.booleans()):
            made[name] = draw(values(below))
    return made


STATES: Final = ("sent", "open", "reminded", "loss", "paid", "cancelled", "disputed", "")


@st.composite
def spoilt(draw: st.DrawFn, item: dict[str, Any]) -> Any:
    """Give an item as a service without discipline would write it."""
    name = draw(st.sampled_from([*item, "state"]))
    how = draw(st.sampled_from(["gone", "other", "whole"]))
    if how == "whole":
        return draw(st.sampled_from([None, [], "item", 7, {}]))
    broken = dict(item)
    if how == "gone":
        broken.pop(name, None)
    else:
        broken[name] = draw(st.sampled_from([None, [], {}, -1, 10**20, True, "x" * 300, 1.5]))
    return broken


@st.composite
def items_about(draw: st.DrawFn, reference: str, *, most: int = 8) -> list[Any]:
    """Give words about one invoice: some as documented, some not, mixed and repeated."""
    said: list[Any] = []
    for _ in range(draw(st.integers(1, most))):
        item = draw(values({"$ref": "#/components/schemas/InvoiceState"}))
        item |= {"reference": reference, "service_ref": "S-1"}
        item["state"] = draw(st.sampled_from(STATES))
        said.append(draw(spoilt(item)) if draw(st.integers(0, 3)) == 0 else item)
    repeated = draw(st.lists(st.sampled_from(said), max_size=3))
    return draw(st.permutations([*said, *repeated]))


def as_json(content: Any, status: int = 200) -> RestReply:
    """Answer something as JSON."""
    return RestReply(status=status, body=json.dumps(content).encode())


class ScriptedRest:
    """A transport whose answers a test gives, and which remembers what it was asked.

    Tokens are given by themselves; whatever the script does not foresee is not found.
    """

    def __init__(self, *script: RestReply | BaseException) -> None:
        self.script: list[Any] = list(script)
        self.asked: list[RestRequest] = []
        self.tokens = 0
        self.is_closed = False

    def __call__(self, identity: object) -> ScriptedRest:
        self.identity = identity
        return self

    async def send(self, request: RestRequest) -> RestReply:
        if request.url.endswith("/token"):
            self.tokens += 1
            token = {"access_token": f"t{self.tokens}", "token_type": "bearer", "expires_in": 300}
            return as_json(token)
        self.asked.append(request)
        if not self.script:
            return as_json({"code": "not_found"}, 404)
        answer = self.script.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer(request) if callable(answer) else answer

    async def close(self) -> None:
        self.is_closed = True


def page(items: Sequence[Any], cursor: str, *, has_more: bool = False) -> RestReply:
    """Give a page of changes."""
    return as_json({"items": list(items), "next_cursor": cursor, "has_more": has_more})


Answerer = Callable[[RestRequest], RestReply]
