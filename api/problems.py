"""Problem documents: one shape for every 4xx and 5xx (RFC 9457, API-70).

Neither input nor exception texts ever appear in one (SEC-18, SEC-143).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import structlog
from starlette.responses import Response

from api.facts import Refusal
from api.models.problem import ProblemDocument, describe
from bridge.domain.ids import IdSource, encode_support_ref
from bridge.errors import BridgeError, Finding, ParamValue, RemoteFault
from bridge.i18n import problem_type
from bridge.logs import told_of

MEDIA_TYPE: Final = "application/problem+json"
_SUPPORT_REF_BYTES: Final = 4
_FALLBACK_RETRY_S: Final = 1

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What problem documents of one request have in common.

    Attributes:
        challenge: What a handler's 401 says in ``WWW-Authenticate``.
    """

    request_id: str
    language: str
    ids: IdSource
    challenge: str | None = None


def refuse(refusal: Refusal, circumstances: Circumstances) -> Response:
    """Answer a refusal of the guard."""
    headers = dict(refusal.headers)
    if refusal.closes:
        headers["Connection"] = "close"
    return _answer(
        refusal.code,
        circumstances,
        params=refusal.params,
        retry_after_s=refusal.retry_after_s,
        headers=headers,
    )


def answer_error(error: BridgeError, circumstances: Circumstances) -> Response:
    """Answer an error of the tree."""
    code = error.problem_code
    if problem_type(code).status == problem_type("internal_error").status:
        return answer_unexpected(error, circumstances)
    return _answer(
        code,
        circumstances,
        params=error.params,
        findings=error.findings,
        remote=error.remote,
        retry_after_s=_retry_after_s(error),
    )


def answer_unexpected(error: BaseException, circumstances: Circumstances) -> Response:
    """Answer a bug: 500 with a reference; the log has the lines of code, never values."""
    return _answer("internal_error", circumstances, exception=told_of(error))


def _retry_after_s(error: BridgeError) -> int | None:
    """Give the wait an error names itself, such as the pause after a cancelled PIN."""
    named = error.params.get("retry_after_s")
    if isinstance(named, int):
        return named
    return _FALLBACK_RETRY_S if error.problem_code == "idempotency_key_in_progress" else None


def _answer(  # the facts of one answer, all by name
    code: str,
    circumstances: Circumstances,
    *,
    params: Mapping[str, ParamValue] | None = None,
    findings: Sequence[Finding] = (),
    remote: RemoteFault | None = None,
    retry_after_s: int | None = None,
    headers: Mapping[str, str] | None = None,
    exception: str | None = None,
) -> Response:
    support_ref = encode_support_ref(circumstances.ids.secret(_SUPPORT_REF_BYTES))
    document = describe(
        code,
        language=circumstances.language,
        params=params,
        findings=findings,
        remote=remote,
        support_ref=support_ref,
        request_id=circumstances.request_id,
        retry_after_s=retry_after_s,
    )
    _log(document, circumstances.request_id, exception)
    further = {"Content-Language": circumstances.language, **(headers or {})}
    if document.status == HTTPStatus.UNAUTHORIZED and circumstances.challenge is not None:
        further.setdefault("WWW-Authenticate", circumstances.challenge)
    if retry_after_s is not None:
        further["Retry-After"] = str(retry_after_s)
    return Response(
        document.model_dump_json(),
        status_code=document.status,
        headers=further,
        media_type=MEDIA_TYPE,
    )


def _log(document: ProblemDocument, request_id: str, exception: str | None) -> None:
    facts = {
        "code": document.code,
        "status": document.status,
        "support_ref": document.support_ref,
        "request_id": request_id,
    }
    if exception is None:
        log.info("http.problem", **facts)
    else:
        log.error("http.broken", exception=exception, **facts)
