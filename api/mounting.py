"""Hanging rows of the endpoint table into an application of the framework."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI

from api.endpoints import Endpoint
from api.models.problem import ProblemDocument


def bare_app() -> FastAPI:
    """Make an application without pages, redirects and documents of the framework (SEC-20)."""
    return FastAPI(
        title="Carebridge",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )


def mounted(endpoints: Sequence[Endpoint]) -> FastAPI:
    """Make an application that serves ``endpoints`` and knows their documented answers."""
    app = bare_app()
    for endpoint in endpoints:
        _mount(app, endpoint)
    return app


def _mount(app: FastAPI, endpoint: Endpoint) -> None:
    responses: dict[int | str, dict[str, Any]] = {
        status: {"description": answer.description}
        | ({"model": answer.model} if answer.model else {})
        for status, answer in endpoint.answers.items()
    }
    responses["default"] = {"description": "A problem.", "model": ProblemDocument}
    app.add_api_route(
        endpoint.path,
        endpoint.handler,
        methods=[endpoint.method],
        operation_id=endpoint.operation_id,
        tags=[endpoint.tag],
        summary=endpoint.summary,
        description=endpoint.description,
        response_model=None,
        responses=responses,
        status_code=min(endpoint.answers),
    )
