"""Mounting rows of the endpoint table on the framework."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute

from api.endpoints import Endpoint


def mounted(endpoints: Sequence[Endpoint]) -> FastAPI:
    """Make an application of some endpoints, without any page of the framework (SEC-20)."""
    app = FastAPI(
        title="Carebridge",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.router.routes.extend(_route(endpoint) for endpoint in endpoints)
    return app


@cache
def _route(endpoint: Endpoint) -> BaseRoute:
    """Make the route of an endpoint, once: making one takes long, and it knows no application."""
    router = APIRouter()
    router.add_api_route(
        endpoint.path,
        endpoint.handler,
        methods=[endpoint.method],
        status_code=min(endpoint.answers),
        name=endpoint.operation_id,
        operation_id=endpoint.operation_id,
        tags=[endpoint.tag],
        summary=endpoint.summary,
        description=endpoint.description,
        response_model=None,
        responses={
            code: {"model": answer.model, "description": answer.description}
            for code, answer in endpoint.answers.items()
            if answer.model is not None
        },
    )
    (route,) = router.routes
    return route
