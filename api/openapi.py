"""The OpenAPI 3.1 document, made from the endpoint table (API-100 to API-105)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.endpoints import JSON, Answer, Endpoint
from api.openapi_parts import (
    DESCRIPTION,
    HEADERS,
    PARAMETERS,
    SECURITY_SCHEMES,
    SERVERS,
    TAGS,
    refer,
)
from bridge.i18n import problem_type
from bridge.service.instance import API_MINOR

PROBLEM_JSON: Final = "application/problem+json"
_ACCEPTED: Final = 202
_BODY_METHODS: Final = frozenset({"POST", "PUT", "PATCH"})

_ALWAYS: Final = (
    "request_target_invalid",
    "request_framing_invalid",
    "host_header_invalid",
    "host_not_allowed",
    "headers_too_large",
    "origin_not_allowed",
    "fetch_metadata_rejected",
    "parameter_unknown",
    "parameter_invalid",
    "not_acceptable",
    "daemon_too_old",
    "rate_limited",
    "internal_error",
)
_WITH_TOKEN: Final = (
    "authentication_required",
    "token_invalid",
    "token_expired",
    "insufficient_scope",
)
_WITH_BODY: Final = (
    "content_too_large",
    "unsupported_media_type",
    "json_invalid",
    "secret_in_request",
    "validation_failed",
)
_WITH_KEY: Final = (
    "idempotency_key_invalid",
    "idempotency_key_in_progress",
    "idempotency_key_reused",
)


def problem_codes(endpoint: Endpoint) -> tuple[str, ...]:
    """Give every code an endpoint may answer with, those of the guard first."""
    codes = list(_ALWAYS)
    if endpoint.scopes is not None:
        codes += _WITH_TOKEN
    if endpoint.method in _BODY_METHODS:
        codes += _WITH_BODY
    if endpoint.idempotency is not None:
        codes += _WITH_KEY
    if endpoint.idempotency == "required":
        codes.append("idempotency_key_missing")
    return tuple(dict.fromkeys((*codes, *endpoint.problems)))


def build_document(app: FastAPI, endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """Make the document of ``endpoints``, which ``app`` serves with their answers."""
    document = get_openapi(
        title="Carebridge",
        version=f"1.{API_MINOR}",
        openapi_version="3.1.0",
        description=DESCRIPTION,
        routes=app.routes,
        servers=SERVERS,
        tags=[dict(tag) for tag in TAGS],
    )
    for endpoint in endpoints:
        operation = document["paths"][endpoint.path][endpoint.method.lower()]
        _complete(operation, endpoint)
    _complete_components(document["components"])
    return document


def _complete(operation: dict[str, Any], endpoint: Endpoint) -> None:
    codes = problem_codes(endpoint)
    operation["x-problem-codes"] = list(codes)
    operation["x-required-scopes"] = list(endpoint.scopes or ())
    operation["x-since"] = endpoint.since
    operation["x-deprecated-since"] = None
    operation["security"] = [] if endpoint.scopes is None else [{"token": []}]
    if endpoint.idempotency is not None:
        operation["x-idempotent"] = endpoint.idempotency
    if endpoint.build is not None:
        operation["x-build"] = endpoint.build
    _complete_parameters(operation, endpoint)
    if "requestBody" in operation:
        content = operation["requestBody"]["content"][JSON]
        content["examples"] = {
            name: {"value": value} for name, value in endpoint.request_examples.items()
        }
    operation["responses"] = {
        **{str(status): _answer(answer, operation["responses"][str(status)])
           for status, answer in endpoint.answers.items()},
        **_problems(codes, endpoint),
    }  # fmt: skip


def _complete_parameters(operation: dict[str, Any], endpoint: Endpoint) -> None:
    named = ["AcceptLanguage", "ApiMinimum", "ClientRequestId"]
    if endpoint.method == "GET":
        named.append("IfNoneMatch")
    if _ACCEPTED in endpoint.answers:
        named.append("Prefer")
    if endpoint.idempotency is not None:
        is_required = endpoint.idempotency == "required"
        named.append("IdempotencyKey" if is_required else "OptionalIdempotencyKey")
    operation.setdefault("parameters", []).extend(refer("parameters", name) for name in named)


def _answer(answer: Answer, drafted: dict[str, Any]) -> dict[str, Any]:
    named = ("API-Version", "X-Request-Id", *answer.headers)
    response: dict[str, Any] = {
        "description": answer.description,
        "headers": {name: refer("headers", name) for name in named},
    }
    if answer.model is not None:
        schema = drafted["content"][JSON]["schema"]
        content: dict[str, Any] = {"schema": schema}
        if answer.example is not None:
            content["example"] = answer.example
        response["content"] = {answer.media_type: content}
    return response


def _problems(codes: Iterable[str], endpoint: Endpoint) -> dict[str, Any]:
    by_status: dict[int, list[str]] = {}
    for code in codes:
        by_status.setdefault(problem_type(code).status, []).append(code)
    return {
        str(status): {
            "description": "Problem: " + ", ".join(f"`{code}`" for code in named),
            "content": {PROBLEM_JSON: {"schema": refer("schemas", "ProblemDocument")}},
        }
        for status, named in sorted(by_status.items())
        if status not in endpoint.answers
    }


def _complete_components(components: dict[str, Any]) -> None:
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)
    components["parameters"] = PARAMETERS
    components["headers"] = HEADERS
    components["securitySchemes"] = SECURITY_SCHEMES
