"""What a handler works with: services, the call, and a way to answer."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request
from starlette.responses import Response

from api.call import Call, call_of
from api.endpoints import JSON
from api.keys import KeyBook
from api.minimising import PARAMETER, is_minimised, parameters_of, shown_members
from api.models.common import AnswerModel
from bridge.errors import InputError
from bridge.service.facade import Services
from bridge.service.instance import API_MINOR

_ANY: Final = "*/*"
_MINIMUM: Final = re.compile(r"1\.([0-9]{1,4})")


@dataclass(frozen=True, kw_only=True)
class Context:
    """One request with everything its handler may use.

    Attributes:
        port: The port we really listen on.
    """

    services: Services
    call: Call
    keys: KeyBook
    if_none_match: str | None
    accepts: frozenset[str]
    query: Mapping[str, str]
    port: int

    def prefers_text(self) -> bool:
        """Tell whether plain text is wanted and JSON is not."""
        return "text/plain" in self.accepts and not {JSON, _ANY} & self.accepts

    def answer(
        self,
        model: AnswerModel,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str = JSON,
    ) -> Response:
        """Answer a model, with its ``ETag``, or 304 when the caller has it already (API-68).

        Lists are answered without persons that were not asked for (SEC-165).

        Raises:
            InputError: ``parameter_invalid``, ``fields`` names what there is not.
        """
        body = self._body(model)
        further = {"Content-Language": self.call.language, **(headers or {})}
        if self.call.endpoint.method == "GET":
            tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
            further["ETag"] = tag
            if status == 200 and _matches(self.if_none_match, tag):  # noqa: PLR2004  # HTTP OK
                return Response(status_code=304, headers=further)
        return Response(body, status_code=status, headers=further, media_type=media_type)

    def _body(self, model: AnswerModel) -> bytes:
        if not is_minimised(self.call.endpoint):
            return model.model_dump_json().encode()
        document = model.model_dump(mode="json")
        shown = shown_members(self.call.endpoint, document, self.query.get(PARAMETER))
        return json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode()

    def minimal(self, status: int, headers: Mapping[str, str] | None = None) -> Response:
        """Answer without a body, as ``Prefer: return=minimal`` asked (API-18)."""
        applied = {"Preference-Applied": "return=minimal"}
        return Response(status_code=status, headers={**applied, **(headers or {})})


def context_of(request: Request) -> Context:
    """Build the context of a request, after the checks that are the same for all endpoints.

    Raises:
        InputError: ``parameter_unknown``, ``parameter_invalid``, ``not_acceptable`` or
            ``daemon_too_old``.
    """
    call = call_of(request)
    _check_query(request, call)
    _check_minimum(request.headers.get("api-minimum"))
    lines = request.headers.getlist("accept")
    accepts = _accepted(lines)
    offered = {*call.endpoint.media_types, *(_family(kind) for kind in call.endpoint.media_types)}
    if any(lines) and not accepts & {*offered, _ANY}:
        raise InputError(code="not_acceptable")
    return Context(
        services=request.app.state.services,
        call=call,
        keys=request.app.state.keys,
        if_none_match=request.headers.get("if-none-match"),
        accepts=accepts,
        query=dict(request.query_params),
        port=call.port,
    )


ContextDep = Annotated[Context, Depends(context_of)]
"""The context as a parameter of a handler."""


def _check_query(request: Request, call: Call) -> None:
    """Refuse unknown and doubled parameters: an ignored filter shows wrong data (API-62)."""
    names = [name for name, _ in request.query_params.multi_items()]
    if not set(names) <= set(parameters_of(call.endpoint)):
        raise InputError(code="parameter_unknown")
    for name in names:
        if names.count(name) > 1:
            raise InputError(code="parameter_invalid", parameter=name)


def _check_minimum(minimum: str | None) -> None:
    """Refuse what needs a newer interface than this one (API-23)."""
    if minimum is None:
        return
    found = _MINIMUM.fullmatch(minimum)
    if found is None:
        raise InputError(code="parameter_invalid", parameter="API-Minimum")
    if int(found[1]) > API_MINOR:
        raise InputError(code="daemon_too_old")


def _accepted(lines: list[str]) -> frozenset[str]:
    kinds = set()
    for part in ",".join(lines).split(","):
        kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if kind and not any(re.fullmatch(r"q=0(\.0*)?", piece) for piece in parameters):
            kinds.add(kind)
    return frozenset(kinds)


def _family(media_type: str) -> str:
    return media_type.split("/", maxsplit=1)[0] + "/*"


def _matches(if_none_match: str | None, tag: str) -> bool:
    wanted = {part.strip().removeprefix("W/") for part in (if_none_match or "").split(",")}
    return tag in wanted or "*" in wanted
