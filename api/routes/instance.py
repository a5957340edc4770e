"""Life signs, the installation, its health, and this document."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Depends, Request
from starlette.responses import JSONResponse, Response

from api.context import Context, ContextDep
from api.endpoints import Answer, Endpoint
from api.models.common import EmptyRequest
from api.models.instance import (
    HealthEntry,
    HealthHistoryReport,
    HealthReport,
    InstanceProofRequest,
    InstanceProofResource,
    InstanceResource,
    Liveness,
    Readiness,
    health_entry,
    health_history,
    instance_proof_resource,
    instance_resource,
)
from bridge.domain.health import HealthCheck, HealthStatus, overall
from bridge.i18n import check_name, phrase, text
from bridge.service.health import refer
from bridge.service.overviews import judged, sentence

HEALTH_JSON: Final = "application/health+json"
PLAIN_TEXT: Final = "text/plain"
_MOST_TOLD: Final = 6
"""Ten lines in all: with status, whose turn it is, version and reference."""


async def read_liveness(context: ContextDep) -> Response:
    """Say that the loop turns; no checks."""
    return context.answer(Liveness(status="pass"))


async def read_readiness(context: ContextDep) -> Response:
    """Say whether work can be taken."""
    services = context.services
    if services.health.is_ready and services.wake.is_current:
        return context.answer(Readiness(status="pass"))
    return context.answer(Readiness(status="fail"), status=503)


async def get_instance(context: ContextDep) -> Response:
    """Show the installation."""
    return context.answer(instance_resource(context.services.instance))


async def create_instance_proof(body: InstanceProofRequest, context: ContextDep) -> Response:
    """Prove to be the genuine daemon; nothing is kept, so a repetition is a proof of its own."""
    proof = context.services.instance_prover.prove(
        body.challenge, port=context.port, origin=context.call.origin
    )
    return context.answer(instance_proof_resource(proof))


async def get_health(context: ContextDep) -> Response:
    """Show the health from memory, as JSON or as lines to read on the phone."""
    checks = context.services.health.report()
    status = overall(checks)
    support_ref = refer(context.services.ids, checks)
    code = 503 if status is HealthStatus.FAIL else 200
    if context.prefers_text():
        lines = "\n".join(_lines(context, checks, support_ref)) + "\n"
        headers = {"Content-Language": context.call.language}
        return Response(lines, status_code=code, media_type=PLAIN_TEXT, headers=headers)
    report = HealthReport(
        status=status.value,
        version="1",
        release_id=context.services.instance.version,
        description="Carebridge",
        support_ref=support_ref,
        checks=_grouped(context, checks),
    )
    return context.answer(report, status=code, media_type=HEALTH_JSON)


async def get_health_history(context: ContextDep) -> Response:
    """Show what changed within the last 24 hours."""
    services = context.services
    services.health.report()
    return context.answer(health_history(services.health.history.changes(services.clock.now())))


async def create_health_probe(_body: EmptyRequest, context: ContextDep) -> Response:
    """Look at everything now, and show the health after it."""
    await context.services.prober.look_for()
    return await get_health(context)


def _document_of(request: Request) -> dict[str, Any]:
    document: dict[str, Any] = request.app.state.document()
    return document


async def get_document(
    _context: ContextDep,
    document: Annotated[dict[str, Any], Depends(_document_of)],
) -> Response:
    """Give the OpenAPI document of this build."""
    return JSONResponse(document)


def _grouped(context: Context, checks: list[HealthCheck]) -> dict[str, list[HealthEntry]]:
    """Group the checks by name: two readers are two entries of one check."""
    grouped: dict[str, list[HealthEntry]] = {}
    for check in checks:
        entry = health_entry(check, context.services.health.since(check))
        grouped.setdefault(check.name, []).append(entry)
    return grouped


def _told(checks: list[HealthCheck]) -> list[HealthCheck]:
    """Choose what is told on the phone, in its order: what does not pass goes before the rest."""
    urgent = [check for check in checks if check.code is not None]
    others = [check for check in checks if check.code is None]
    chosen = [*urgent, *others][:_MOST_TOLD]
    return [check for check in checks if check in chosen]


def _lines(context: Context, checks: list[HealthCheck], support_ref: str) -> list[str]:
    language = context.call.language
    lines = [
        phrase("health", overall(checks).value, language),
        sentence(judged(context.services, checks), language),
        phrase("health", "version", language, {"version": context.services.instance.version}),
    ]
    for check in _told(checks):
        name = check_name(check.name, language)
        said = phrase("health", "check_pass", language)
        if check.code is not None:
            said = text(check.code, "title", language)
        lines.append(f"{name}: {said}")
    return [*lines, phrase("health", "reference", language, {"support_ref": support_ref})]


_HEALTH_EXAMPLE: Final = {
    "status": "warn",
    "version": "1",
    "release_id": "0.1.0",
    "description": "Carebridge",
    "support_ref": "M3XT-82",
    "checks": {
        "ehealth_session:remaining": [
            {
                "status": "warn",
                "observed_value": None,
                "observed_unit": None,
                "output": "ehealth_session_required",
                "who_can_fix": "user",
                "user_action": "open_session",
                "since": None,
                "affects": [],
                "about": None,
                "time": "2026-11-22T07:15:00.000Z",
            },
        ],
    },
}
_INSTANCE_EXAMPLE: Final = {
    "id": "inst_01JD3W7V7Q0M2N4Z8K5T6R1S9A",
    "object": "instance",
    "product": "Carebridge",
    "version": "0.1.0",
    "api": {"majors": ["v1"], "minor": 1, "min_helper": "0.1"},
    "features": ["ehealth_sessions", "insurability_checks", "operations", "prefer_wait"],
    "public_key": {"algorithm": "ES256", "spki": "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE"},
    "is_simulator": False,
    "created_at": None,
    "updated_at": None,
    "links": {"self": "/v1/instance"},
}

_HEALTH_ANSWERS: Final = {
    200: Answer(
        description="Well, perhaps with remarks.",
        model=HealthReport,
        example=_HEALTH_EXAMPLE,
        media_type=HEALTH_JSON,
        further_media_types=(PLAIN_TEXT,),
    ),
    503: Answer(
        description="The program cannot do its work.",
        model=HealthReport,
        example={**_HEALTH_EXAMPLE, "status": "fail"},
        media_type=HEALTH_JSON,
        further_media_types=(PLAIN_TEXT,),
    ),
}

ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path="/livez",
        operation_id="read_liveness",
        tag="instance",
        summary="Tell whether the program runs",
        description="Answered by the event loop, without any check.",
        handler=read_liveness,
        scopes=None,
        answers={
            200: Answer(description="It runs.", model=Liveness, example={"status": "pass"}),
        },
    ),
    Endpoint(
        method="GET",
        path="/readyz",
        operation_id="read_readiness",
        tag="instance",
        summary="Tell whether work can be taken",
        description="Storage and key store are open and the program is not stopping.",
        handler=read_readiness,
        scopes=None,
        answers={
            200: Answer(description="Ready.", model=Readiness, example={"status": "pass"}),
            503: Answer(description="Not ready.", model=Readiness, example={"status": "fail"}),
        },
    ),
    Endpoint(
        method="GET",
        path="/openapi.json",
        operation_id="get_document",
        tag="instance",
        summary="Give this document",
        description="The OpenAPI document of this build; any token will do.",
        handler=get_document,
        scopes=(),
        answers={200: Answer(description="The document.", example={"openapi": "3.1.0"})},
    ),
    Endpoint(
        method="GET",
        path="/v1/instance",
        operation_id="get_instance",
        tag="instance",
        summary="Show this installation",
        description="Versions, features and public key; nothing about user, card or patients.",
        handler=get_instance,
        scopes=None,
        answers={
            200: Answer(
                description="The installation.",
                model=InstanceResource,
                example=_INSTANCE_EXAMPLE,
            ),
        },
    ),
    Endpoint(
        method="POST",
        path="/v1/instance/proof",
        operation_id="create_instance_proof",
        tag="instance",
        summary="Prove to be the genuine daemon",
        description=(
            "Signs the challenge, the port and the caller's origin with the key of this "
            "installation. Ask before a token is shown to a port that was not used since the page "
            "was loaded: another program, or another user's daemon, cannot answer (SEC-64)."
        ),
        handler=create_instance_proof,
        scopes=None,
        idempotency="accepted",
        request_examples={
            "challenge": {"challenge": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE"},
        },
        answers={
            200: Answer(
                description="The proof.",
                model=InstanceProofResource,
                example={
                    "object": "instance_proof",
                    "instance_id": "inst_01JD3W7V7Q0M2N4Z8K5T6R1S9A",
                    "port": 42110,
                    "os_session_hint": "5f0c12ab",
                    "signature": "c2lnbmF0dXJlLW9mLXNpeHR5LWZvdXItYnl0ZXM",
                },
            ),
        },
        since="1.8",
    ),
    Endpoint(
        method="GET",
        path="/v1/health",
        operation_id="get_health",
        tag="instance",
        summary="Show the health",
        description=(
            "Answered from memory. 503 only when the program itself cannot work. With "
            "`Accept: text/plain`: a few lines in the nurse's language, to read on the phone."
        ),
        handler=get_health,
        scopes=("status:read",),
        media_types=(HEALTH_JSON, PLAIN_TEXT, "application/json"),
        answers=_HEALTH_ANSWERS,
    ),
    Endpoint(
        method="GET",
        path="/v1/health/history",
        operation_id="get_health_history",
        tag="instance",
        summary="Show what changed in health",
        description=(
            "Changes of checks within the last 24 hours, also before a restart, newest first: it "
            "failed this morning, and at which hour it was well again."
        ),
        handler=get_health_history,
        scopes=("status:read",),
        answers={
            200: Answer(
                description="The changes.",
                model=HealthHistoryReport,
                example={
                    "object": "health_history",
                    "items": [
                        {
                            "at": "2026-11-22T07:15:00.000Z",
                            "check": "mycarenet:reachability",
                            "status": "warn",
                            "code": "remote_unavailable",
                            "about": "memberdata",
                        },
                    ],
                },
            ),
        },
        since="1.9",
    ),
    Endpoint(
        method="POST",
        path="/v1/health/probes",
        operation_id="create_health_probe",
        tag="instance",
        summary="Look at everything now",
        description=(
            "Looks at disk, key store and the way to the platform, without any authenticated "
            "call, and answers with the health after it. Within five seconds nothing is looked at "
            "again. Nothing is kept but that health."
        ),
        handler=create_health_probe,
        scopes=("status:read",),
        idempotency="accepted",
        request_examples={"now": {}},
        media_types=(HEALTH_JSON, PLAIN_TEXT, "application/json"),
        answers=_HEALTH_ANSWERS,
        since="1.9",
    ),
)
"""Rows of the endpoint table."""
