"""The OpenAPI document, generated from the endpoint table and the models (API-100 to API-105).

The framework gives paths, parameters and schemas; everything a reader of the document needs
beside them comes from the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from api import examples
from api.endpoints import JSON, Answer, Endpoint
from api.minimising import is_minimised, relaxed, shown_members, takes_fields
from api.models.events import EventData
from api.models.problem import ProblemDocument, describe
from api.openapi_parts import (
    DESCRIPTION,
    HEADERS,
    PARAMETERS,
    SECURITY_SCHEMES,
    SERVERS,
    TAGS,
    refer,
)
from api.problems import MEDIA_TYPE
from bridge.domain.events import EVENT_TYPES
from bridge.i18n import problem_type
from bridge.service.instance import API_MINOR

_EVERYWHERE: Final = (
    "request_target_invalid", "request_framing_invalid", "host_header_invalid",
    "host_not_allowed", "headers_too_large", "origin_not_allowed", "fetch_metadata_rejected",
    "peer_user_mismatch", "peer_unverified", "rate_limited", "not_found", "method_not_allowed",
    "parameter_unknown", "parameter_invalid", "not_acceptable", "daemon_too_old",
    "internal_error",
)  # fmt: skip
_WITH_TOKEN: Final = (
    "authentication_required", "token_invalid", "token_expired", "token_revoked",
    "token_origin_mismatch", "insufficient_scope", "dpop_required", "dpop_proof_invalid",
    "dpop_proof_replayed", "program_unconfirmed", "pairing_paused",
)  # fmt: skip
_WITH_BODY: Final = (
    "content_too_large", "unsupported_media_type", "json_invalid", "secret_in_request",
    "validation_failed",
)  # fmt: skip
_WITH_KEY: Final = (
    "idempotency_key_invalid", "idempotency_key_in_progress", "idempotency_key_reused",
)  # fmt: skip
_WITH_PAGES: Final = ("cursor_invalid", "cursor_mismatch", "cursor_expired")
_ACCEPTED: Final = 202
_PREFER_METHODS: Final = frozenset({"POST", "DELETE"})


def problem_codes(endpoint: Endpoint) -> list[str]:
    """Give all problem codes an endpoint may answer, sorted."""
    codes = {*_EVERYWHERE, *endpoint.problems}
    if endpoint.scopes is not None:
        codes |= {*_WITH_TOKEN}
    if endpoint.request_examples:
        codes |= {*_WITH_BODY}
    if endpoint.idempotency is not None:
        codes |= {*_WITH_KEY}
    if endpoint.idempotency == "required":
        codes.add("idempotency_key_missing")
    if _ACCEPTED in endpoint.answers:
        codes.add("queue_full")
    if "cursor" in endpoint.query:
        codes |= {*_WITH_PAGES}
    return sorted(codes)


def build_document(app: FastAPI, endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """Build the document of a mounted application."""
    document = get_openapi(
        title="Carebridge",
        version=f"1.{API_MINOR}",
        openapi_version="3.1.0",
        description=DESCRIPTION,
        routes=app.routes,
        servers=SERVERS,
        tags=[tag for tag in TAGS if tag["name"] in {endpoint.tag for endpoint in endpoints}],
    )
    document["info"]["license"] = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    for endpoint in endpoints:
        operation = document["paths"][endpoint.path][endpoint.method.lower()]
        _complete(operation, endpoint)
    components = document.setdefault("components", {})
    schemas = {
        **components.get("schemas", {}),
        **_schemas_of(ProblemDocument),
        **_schemas_of(EventData),
    }
    for endpoint in filter(is_minimised, endpoints):
        _minimise(document["paths"][endpoint.path][endpoint.method.lower()], endpoint, schemas)
    for stock in ("HTTPValidationError", "ValidationError"):
        schemas.pop(stock, None)
    components["schemas"] = {name: _untitled(schemas[name]) for name in sorted(schemas)}
    components["examples"] = _problem_examples(endpoints)
    components["headers"] = HEADERS
    components["parameters"] = PARAMETERS
    components["securitySchemes"] = SECURITY_SCHEMES
    return document


def _complete(operation: dict[str, Any], endpoint: Endpoint) -> None:
    codes = problem_codes(endpoint)
    operation["x-problem-codes"] = codes
    operation["x-required-scopes"] = list(endpoint.scopes or ())
    operation["x-idempotent"] = endpoint.idempotency or "none"
    operation["x-since"] = endpoint.since
    operation["x-deprecated-since"] = None
    if endpoint.build is not None:
        operation["x-build"] = endpoint.build
    if _is_stream(endpoint):
        reference = {"$ref": "#/components/schemas/EventData"}
        operation["x-event-types"] = dict.fromkeys(EVENT_TYPES, reference)
    operation["security"] = _security(endpoint)
    operation["parameters"] = [*operation.get("parameters", []), *_common_parameters(endpoint)]
    for parameter in operation["parameters"]:
        parameter.get("schema", {}).pop("title", None)
    operation["responses"] = {
        **{str(status): _success(answer) for status, answer in _answers(endpoint)},
        **_problems(codes, taken=endpoint.answers.keys()),
    }
    if endpoint.request_examples:
        content = operation["requestBody"]["content"][JSON]
        content["examples"] = {
            name: {"value": value} for name, value in endpoint.request_examples.items()
        }


def _minimise(operation: dict[str, Any], endpoint: Endpoint, schemas: dict[str, Any]) -> None:
    """Describe a list as it is answered when nobody asks for persons (SEC-165)."""
    content = operation["responses"]["200"]["content"][JSON]
    content["schema"] = relaxed(endpoint, schemas)
    for example in content["examples"].values():
        example["value"] = shown_members(endpoint, example["value"], None)


def _security(endpoint: Endpoint) -> list[dict[str, list[str]]]:
    if endpoint.credential is not None:
        return [{endpoint.credential: []}]
    if endpoint.scopes is None:
        return []
    names = ("token", "event_ticket") if endpoint.takes_ticket else ("token",)
    return [{name: []} for name in names]


def _answers(endpoint: Endpoint) -> Iterator[tuple[int, Answer]]:
    yield from sorted(endpoint.answers.items())
    if endpoint.method == "GET" and not _is_stream(endpoint):
        yield 304, Answer(description="Unchanged since the `ETag` in `If-None-Match`.")


def _common_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    names = ["AcceptLanguage", "ApiMinimum", "ClientRequestId"]
    if takes_fields(endpoint):
        names.append("Fields")
    if endpoint.idempotency is not None:
        is_required = endpoint.idempotency == "required"
        names.append("IdempotencyKey" if is_required else "OptionalIdempotencyKey")
    if endpoint.method == "GET" and not _is_stream(endpoint):
        names.append("IfNoneMatch")
    if endpoint.method in _PREFER_METHODS:
        names.append("Prefer")
    return [refer("parameters", name) for name in names]


def _is_stream(endpoint: Endpoint) -> bool:
    return "text/event-stream" in endpoint.media_types


def _success(answer: Answer) -> dict[str, Any]:
    names = ("X-Request-Id", "API-Version", *answer.headers)
    described: dict[str, Any] = {
        "description": answer.description,
        "headers": {name: refer("headers", name) for name in names},
    }
    if answer.example is not None:
        schema: dict[str, Any] = {"type": "object"}
        if answer.model is not None:
            schema = refer("schemas", answer.model.__name__)
        elif answer.media_type.startswith("text/"):
            schema = {"type": "string"}
        content = {"schema": schema, "examples": {"typical": {"value": answer.example}}}
        described["content"] = {answer.media_type: content}
        for further in answer.further_media_types:
            described["content"][further] = {"schema": {"type": "string"}}
    return described


def _problems(codes: Sequence[str], *, taken: Any) -> dict[str, Any]:
    by_status: dict[int, list[str]] = {}
    for code in codes:
        by_status.setdefault(problem_type(code).status, []).append(code)
    return {
        str(status): _problem(status, by_status[status])
        for status in sorted(by_status)
        if status not in taken
    }


def _problem(status: int, codes: list[str]) -> dict[str, Any]:
    headers = ["X-Request-Id", "API-Version", "Content-Language"]
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        headers.append("Retry-After")
    named = ", ".join(f"`{code}`" for code in codes)
    return {
        "description": f"{HTTPStatus(status).phrase}: {named}.",
        "headers": {name: refer("headers", name) for name in headers},
        "content": {
            MEDIA_TYPE: {
                "schema": refer("schemas", ProblemDocument.__name__),
                "examples": {codes[0]: refer("examples", codes[0])},
            },
        },
    }


def _problem_example(code: str) -> dict[str, Any]:
    document = describe(
        code,
        language=examples.LANGUAGE,
        support_ref="K7QF-29",
        request_id="req_01JD3W7V7Q0M2N4Z8K5T6R1S9A",
    )
    return {"summary": document.title, "value": examples.shown(document)}


def _problem_examples(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """Give one example for each problem status of each endpoint, shared by code."""
    named: set[str] = set()
    for endpoint in endpoints:
        first: dict[int, str] = {}
        for code in problem_codes(endpoint):
            first.setdefault(problem_type(code).status, code)
        named |= {*first.values()}
    return {code: _problem_example(code) for code in sorted(named)}


def _schemas_of(model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema(
        mode="serialization",
        ref_template="#/components/schemas/{model}",
    )
    definitions: dict[str, Any] = schema.pop("$defs", {})
    return {**definitions, model.__name__: schema}


def _untitled(schema: dict[str, Any]) -> dict[str, Any]:
    """Drop the titles the model library makes up; generators make poor names of them."""
    properties = {
        name: {key: value for key, value in member.items() if key != "title"}
        for name, member in schema.get("properties", {}).items()
    }
    return {**schema, "properties": properties} if properties else schema
