"""Turning exceptions into problem documents; the framework's own answers never leave the house.

Source: SEC-18, SEC-143, API-70; stock validation answers repeat the input.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.access import challenge_of
from api.call import call_of
from api.models.common import tame
from api.problems import Circumstances, answer_error, answer_unexpected
from bridge.errors import BridgeError, Finding, InputError, NotFound
from bridge.i18n import PROBLEMS

_BY_TYPE: Final = {
    "extra_forbidden": "member_unknown",
    "missing": "member_missing",
    "literal_error": "value_not_allowed",
    "string_pattern_mismatch": "format_wrong",
}
_BY_ENDING: Final = (
    ("_type", "type_wrong"),
    ("too_short", "length_wrong"),
    ("too_long", "length_wrong"),
    ("_than", "out_of_range"),
    ("_than_equal", "out_of_range"),
)
_ABSENCE: Final = "none"
"""Branch of a member that may be left out; what is wrong is said by the other branch."""

AUDITED: Final = frozenset(
    {
        "actor_mismatch",
        "idempotency_key_in_progress",
        "idempotency_key_reused",
        "key_store_unavailable",
        "pairing_consumed",
        "pin_entry_in_progress",
        "pin_paused",
        "token_expired",
        "token_invalid",
        "token_origin_mismatch",
    },
)
"""Decisions about security that are taken behind the guard; the audit log has them too."""

_STATUS_CODES: Final = {404: "not_found", 405: "method_not_allowed"}


def install(app: FastAPI) -> None:
    """Make ``app`` answer every failure as a problem document."""
    app.add_exception_handler(BridgeError, _on_bridge_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(Exception, _on_exception)


def judge(errors: Sequence[Mapping[str, Any]], body: Any) -> InputError:
    """Turn validation errors into one error of ours: places and rules, never values."""
    place = str(errors[0]["loc"][0]) if errors[0]["loc"] else "body"
    if place == "path":
        return NotFound()
    if place in {"query", "header"}:
        return InputError(code="parameter_invalid", parameter=str(errors[0]["loc"][1]))
    told = [error for error in errors if error["loc"][-1] != _ABSENCE] or errors
    findings = tuple(
        Finding(pointer=_pointer(error, body), code=_code(error, body)) for error in told
    )
    for finding in findings:
        if finding.code == "single_patient_only":
            return InputError(code="single_patient_only", findings=(finding,))
    return InputError(findings=findings)


async def _on_bridge_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, BridgeError):
        raise error
    if error.problem_code in AUDITED:
        call = call_of(request)
        client_id = None if call.client is None else call.client.id
        request.app.state.services.audit.refused(
            error.problem_code, route=call.endpoint.route, client=client_id
        )
    return answer_error(error, _circumstances(request))


async def _on_validation_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    return answer_error(judge(error.errors(), error.body), _circumstances(request))


async def _on_http_exception(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException) or error.status_code not in _STATUS_CODES:
        return answer_unexpected(error, _circumstances(request))
    code = _STATUS_CODES[error.status_code]
    return answer_error(InputError(code=code), _circumstances(request))


async def _on_exception(request: Request, error: Exception) -> Response:
    return answer_unexpected(error, _circumstances(request))


def _circumstances(request: Request) -> Circumstances:
    call = call_of(request)
    return Circumstances(
        request_id=call.request_id,
        language=call.language,
        ids=request.app.state.services.ids,
        challenge=challenge_of(call.endpoint),
    )


def _code(error: Mapping[str, Any], body: Any) -> str:
    kind = str(error["type"])
    by_member = "".join(_members(error, body)[-1:]) + "_invalid"
    if kind.startswith("string_") and not kind.endswith("_type") and by_member in PROBLEMS:
        return by_member
    if kind in PROBLEMS:
        return kind
    if kind in _BY_TYPE:
        return _BY_TYPE[kind]
    for ending, code in _BY_ENDING:
        if kind.endswith(ending):
            return code
    return "value_invalid"


def _pointer(error: Mapping[str, Any], body: Any) -> str:
    """Point at the member; a name the caller made up is shown only when it is a plain word."""
    parts = _members(error, body)
    if error["type"] == "extra_forbidden" and not tame(parts[-1]):
        parts.pop()
    escaped = (part.replace("~", "~0").replace("/", "~1") for part in parts)
    own = error.get("ctx", {}).get("pointer", "") if error["type"] in PROBLEMS else ""
    return "".join(f"/{part}" for part in escaped) + own


def _members(error: Mapping[str, Any], body: Any) -> list[str]:
    """Give the names of the place that are names of the body, not of branches of a union."""
    kept, here = [], body
    for part in error["loc"][1:]:
        if (isinstance(here, dict) and part in here) or (
            isinstance(here, list) and isinstance(part, int) and part < len(here)
        ):
            here = here[part]
        elif error["type"] != "missing" or part != error["loc"][-1]:
            continue
        kept.append(str(part))
    return kept
